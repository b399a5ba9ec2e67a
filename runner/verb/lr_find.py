"""look for a learning rate: train briefly while it climbs, and see where the loss falls fastest"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from runner.folder import OUTPUTS
from runner.stream import document
from runner.verb._arguments import add_output

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from runner.inspect.rangetest import Range
    from runner.loop import Run

EXAMPLE = "runner lr-find model=mlp optimizer=sgd"

STEPS = 100
"""Updates, unless told; but no more than the training itself would have."""


def main(argv: list[str]) -> int:
    """Print two suggestions and the curve that they come from; nothing of the training is kept."""
    parser = argparse.ArgumentParser(
        prog="runner lr-find",
        usage="runner lr-find [RECIPE.yaml] [key=value ...]\n"
        "                      [--from LR] [--to LR] [--steps N] [--out FILE] [-q]\n"
        "                      [--json]",
        description=__doc__,
        epilog=f"example: {EXAMPLE}",
        allow_abbrev=False,
    )
    parser.add_argument("--from", type=float, default=1e-6, metavar="LR", dest="low", help="first rate; 1e-6")
    parser.add_argument("--to", type=float, default=10.0, metavar="LR", dest="high", help="last rate; 10")
    parser.add_argument("--steps", type=int, metavar="N", help=f"updates; {STEPS}, or all there are if they are fewer")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the PNG; outputs/show/lr-find-DATASET-MODEL.png")
    add_output(parser, quiet="print the suggestion only, as overrides to type")
    arguments, words = parser.parse_known_args(argv)

    from runner.check import report
    from runner.configuration import composed

    cfg, problems = composed(words)
    if problems or cfg is None:
        return report(problems)
    try:
        run, seen = tested(cfg, arguments.low, arguments.high, arguments.steps)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    names = run.facts["data"]["name"], run.facts["targets"]["model"].rpartition(".")[2]
    path = arguments.out or picture(*names)
    marks = {"steepest": seen.steepest(), "lowest / 10": seen.tenth()}
    found = {name: rate for name, rate in marks.items() if rate is not None}
    draw(path, seen, found, f"{names[1]} on {names[0]}: {len(seen.rates)} updates")
    rates = [str(key) for key in cfg.optimizer if key == "lr" or str(key).endswith("_lr")]
    shares = {key: cfg.optimizer[key] / run.schedule.base for key in rates}
    if arguments.json:
        said = {"steepest": marks["steepest"], "lowest_tenth": marks["lowest / 10"], "picture": str(path)}
        document({**said, "reason": seen.reason, "rates": seen.rates, "losses": seen.losses})
    elif arguments.quiet:
        print(
            " ".join(
                f"optimizer.{key}={rate * share:.2g}" for rate in suggested(found) for key, share in shares.items()
            )
        )
    else:
        print("\n".join(lines(seen, found, shares)))
        print(f"\n picture  {path}")
    return 0


def tested(cfg: DictConfig, low: float, high: float, steps: int | None) -> tuple[Run, Range]:
    """Build a run that leaves no trace, and do the range test with it."""
    from omegaconf import open_dict

    from runner.batchsize import settle_batch_size
    from runner.build import build
    from runner.inspect.rangetest import range_test
    from runner.interrupt import Interrupt

    with open_dict(cfg):
        cfg.callback = {}
        if "nonfinite" in cfg.hardware:
            cfg.hardware.nonfinite = "stop"  # where the loss leaves the numbers is what is looked for
    with tempfile.TemporaryDirectory() as folder, Interrupt() as interrupt:
        settle_batch_size(cfg, interrupt)
        run = build(cfg, Path(folder), interrupt)
        most = run.epochs * len(run.batches["train"])
        return run, range_test(run, low, high, min(STEPS, most) if steps is None else steps)


def suggested(found: dict[str, float]) -> list[float]:
    """Return the one rate to begin with, where the loss fell fastest; none if it did not clearly fall."""
    return list(found.values())[:1]


def picture(dataset: str, model: str) -> Path:
    """Return where the picture goes unless told."""
    from runner.figure.canvas import file_name

    return OUTPUTS / "show" / f"{file_name('lr-find', dataset, model)}.png"


def draw(path: Path, seen: Range, marks: dict[str, float], title: str) -> None:
    """Write the picture."""
    from runner.figure.curve import draw_range

    draw_range(path, seen.rates, seen.losses, seen.smooth, marks=marks, title=title)


def lines(seen: Range, found: dict[str, float], shares: dict[str, float]) -> list[str]:
    """Return the curve in characters, and what follows from it.

    Args:
        seen: The range test.
        found: The suggestions by name.
        shares: Every key of the optimizer that is a rate, and its multiple of the rate that climbed.
    """
    from runner.figure.terminal import chart, levels

    top = max(seen.smooth[: seen.lowest + 1])
    ends = (f"{seen.rates[0]:.0e}", f"{seen.rates[-1]:.1e}")
    text = ["smoothed loss, by learning rate", *chart(seen.smooth, glyphs=levels(), top=top, ends=ends), ""]
    why = seen.reason or "the last rate was reached"
    text.append(f"   ended  after {len(seen.rates)} updates: {why}")
    for name, rate in found.items():
        text.append(f"{name:>12}  {rate:.1e}   {' '.join(f'optimizer.{k}={rate * s:.1e}' for k, s in shares.items())}")
    if not found:
        text.append("    note  the loss did not clearly fall: try more --steps or another range")
    elif seen.lowest == len(seen.smooth) - 1:
        text.append("    note  the loss still fell at the end: go on with a higher --to")
    return text
