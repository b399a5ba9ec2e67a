"""show runs side by side, or a sweep's table; or of a configuration its samples and its learning rate"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from runner.folder import find, find_any, is_sweep, read_json
from runner.recorded import config, describe, flat
from runner.trust.given import add_trust
from runner.trust.printable import printable

EXAMPLE = "runner show dataset=digits dataset.augment.crop=2 schedule=cosine epochs=10"

USAGE = """runner show RUN [RUN ...] [--json]
       runner show SWEEP [--json]
       runner show [RECIPE.yaml] dataset=... schedule=... [key=value ...]
                   [--out FILE] [--json]"""


def main(argv: list[str]) -> int:
    """Print one column for each run; of a configuration, which has an ``=`` or is a recipe, draw the parts."""
    parser = argparse.ArgumentParser(
        usage=USAGE,
        description=__doc__,
        epilog=f"examples: runner show latest; {EXAMPLE}. "
        "RUN and SWEEP: a folder, an id, or the beginning of one; latest: the newest run.",
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON array, of parts one JSON object")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the PNG of a part; outputs/show/NAME.png unless told")
    add_trust(parser)
    arguments, words = parser.parse_known_args(argv)
    if any(is_of_a_configuration(word) for word in words):
        from runner.verb._parts import show_parts

        return show_parts(words, arguments.out, as_json=arguments.json)
    flags = [word for word in words if word.startswith("-")]
    if flags or not words:
        parser.error(f"unrecognized arguments: {' '.join(flags)}" if flags else "which run? See also: runner runs")
    if len(words) == 1 and is_name_of_sweep(words[0]):
        return show_sweep(find_any(words[0]), as_json=arguments.json)
    return show_runs(words, as_json=arguments.json)


def is_of_a_configuration(word: str) -> bool:
    """Tell an override and a recipe from a run and a flag."""
    return not word.startswith("-") and ("=" in word or word.endswith((".yaml", ".yml"))) and not Path(word).is_dir()


def is_name_of_sweep(word: str) -> bool:
    """Tell whether a word names a sweep."""
    try:
        return is_sweep(find_any(word))
    except ValueError:
        return False


def show_sweep(folder: Path, as_json: bool) -> int:
    """Print how a sweep stands: its table, as at its end."""
    from runner.figure.terminal import ASCII, levels
    from runner.sweep.record import place_of, plain, read_place
    from runner.sweep.table import ascii_of, final_text

    try:
        found = read_place(place_of(folder))
    except (ValueError, ConnectionError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if as_json:
        print(json.dumps(plain(*found)))
        return 0
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 80
    shown = final_text(found[0], os.path.relpath(folder), found[1], width=width)
    print(ascii_of(shown) if levels() is ASCII else shown)
    return 0


def show_runs(references: list[str], as_json: bool) -> int:
    """Print one column for each run."""
    try:
        folders = list(dict.fromkeys(find(reference) for reference in references))
        whole = [{**describe(f), **read_json(f / "summary.json"), "config": config(f)} for f in folders]
        columns = [rows(folder) for folder in folders]
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except (TypeError, AttributeError, LookupError) as error:
        print(f"error: {', '.join(references)}: not as a run writes it: {error}", file=sys.stderr)
        return 2
    if as_json:
        print(json.dumps(whole))
        return 0
    configs = [flat(one["config"]) for one in whole]
    keys = list(dict.fromkeys(key for column in columns for key in column))
    table(keys, columns)
    if len(folders) > 1:
        names = list(dict.fromkeys(key for values in configs for key in values))
        differing = [key for key in names if len({str(values.get(key)) for values in configs}) > 1]
        print("\nconfiguration" if differing else "\nthe configurations are the same")
        table(differing, configs)
    return 0


def rows(folder: Path) -> dict[str, Any]:
    """Return the lines of one run."""
    summary, environment = read_json(folder / "summary.json"), read_json(folder / "environment.json")
    known = describe(folder)
    metrics = summary.get("metrics", {})
    commit = (environment.get("git") or {}).get("commit", "-")[:12]
    return {
        "run": known["run"],
        "status": known["status"],
        "objective": known["objective"],
        "value": known["value"],
        "best epoch": summary.get("best_epoch"),
        "epochs": known["epochs"],
        "steps": known["steps"],
        **metrics.get("final", {}),
        "seconds": known["seconds"],
        "samples/s": summary.get("samples_per_second"),
        "parameters": environment.get("parameters"),
        "device": environment.get("device"),
        "torch": environment.get("packages", {}).get("torch"),
        "commit": commit,
        "mlflow": summary.get("mlflow_run_id"),
    }


def table(keys: list[str], columns: list[dict[str, Any]]) -> None:
    """Print named rows, a column a run; nothing is cut off."""
    texts = [[text(column.get(key)) for key in keys] for column in columns]
    widths = [max((len(cell) for cell in cells), default=0) for cells in texts]
    label = max((len(key) for key in keys), default=0)
    for index, key in enumerate(keys):
        cells = "  ".join(f"{cells[index]:<{width}}" for cells, width in zip(texts, widths, strict=True))
        print(printable(f"{key:<{label}}  {cells}".rstrip()))


def text(value: Any) -> str:
    """Return a value in few characters."""
    return "-" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
