"""show a run, or several side by side: result, time, and what differs in their configurations"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from runner.folder import find, read_json
from runner.recorded import config, flat
from runner.verb.runs import describe

EXAMPLE = "runner show latest"


def main(argv: list[str]) -> int:
    """Print one column for each run."""
    parser = argparse.ArgumentParser(prog="runner show", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument("run", nargs="+", help="a run's folder, its id, the beginning of its id, or latest")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    arguments = parser.parse_args(argv)
    try:
        folders = list(dict.fromkeys(find(reference) for reference in arguments.run))
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps([{**describe(f), **read_json(f / "summary.json"), "config": config(f)} for f in folders]))
        return 0
    columns = [rows(folder) for folder in folders]
    configs = [flat(config(folder)) for folder in folders]
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
        print(f"{key:<{label}}  {cells}".rstrip())


def text(value: Any) -> str:
    """Return a value in few characters."""
    return "-" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
