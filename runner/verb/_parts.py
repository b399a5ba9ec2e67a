"""What ``runner show`` shows of a configuration; not a verb."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.folder import OUTPUTS
from runner.stream import document

if TYPE_CHECKING:
    from omegaconf import DictConfig

FINE = 200
"""Points of a curve in each epoch."""

Shown = tuple[dict[str, Any], list[str]]
"""A part as one JSON object, and as lines of text."""


def show_parts(words: list[str], arguments: argparse.Namespace) -> int:
    """Compose, check, and draw the parts that the words name; both if they name none."""
    from runner.check import Problem, report
    from runner.configuration import composed
    from runner.verb._samples import samples

    out: Path | None = arguments.out
    cfg, problems = composed(words, anywhere=True)
    asked = {word.lstrip("+~").partition("=")[0].partition(".")[0] for word in words}
    parts = [part for part in ("dataset", "schedule") if part in asked or not asked & {"dataset", "schedule", "model"}]
    if out is not None and len(parts) > 1:
        problems = [*problems, Problem("--out names one picture, this makes two: ask for dataset or schedule alone")]
    if problems or cfg is None:
        return report(problems)
    try:
        shown = {part: {"dataset": samples, "schedule": rate}[part](cfg, out) for part in parts}
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        document({part: facts for part, (facts, _) in shown.items()})
        return 0
    if arguments.quiet:
        print("".join(f"{facts['picture']}\n" for facts, _ in shown.values() if facts["picture"]), end="")
        return 0
    texts = ["\n".join(lines) for _, lines in shown.values()]
    texts += [f"of the model, see: runner summary {' '.join(words)}"] if not parts else []
    print("\n\n".join(texts))
    return 0


def rate(cfg: DictConfig, out: Path | None) -> Shown:
    """Draw the learning rate over the epochs; no data is read: an epoch has as many updates as there is room for."""
    from runner.figure.canvas import file_name
    from runner.figure.curve import draw_rate
    from runner.figure.terminal import chart, levels
    from runner.make import bare, make

    curve = bare(make(cfg.schedule, epochs=cfg.epochs))
    name, lr, total = str(cfg.schedule._target_).rpartition(".")[2].lower(), cfg.optimizer.get("lr"), cfg.epochs * FINE
    rates = [float(lr or 1) * curve(step, total) for step in range(total)]
    unit = "learning rate" if lr else "multiple of the learning rate"
    path = out or OUTPUTS / "show" / f"{file_name(name)}.png"
    steps = [step / FINE for step in range(total)]
    draw_rate(path, steps, rates, title=f"schedule={name}, {cfg.epochs} epochs, optimizer.lr={lr}", unit=unit)
    watches = hasattr(curve, "observe")
    note = "its stairs depend on the objective, as it is measured: what is drawn is the run that keeps improving"
    return (
        {"name": name, "picture": str(path), "rates": rates[:: FINE // 10], "depends_on_objective": watches},
        [
            f"schedule  {name}: {unit} from {rates[0]:.3g} up to {max(rates):.3g}, at last {rates[-1]:.3g}",
            *([f"    note  {note}"] if watches else []),
            *chart(rates, base=0.0, glyphs=levels(), ends=("0", f"{cfg.epochs} epochs")),
            f" picture  {path}",
        ],
    )
