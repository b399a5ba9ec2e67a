"""list the runs in outputs/, newest last"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from runner.folder import OUTPUTS, all_runs, is_live, read_json
from runner.recorded import overrides

EXAMPLE = "runner runs --json"


def main(argv: list[str]) -> int:
    """Print a line for each run."""
    parser = argparse.ArgumentParser(prog="runner runs", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    arguments = parser.parse_args(argv)
    rows = [describe(path) for path in all_runs()]
    if arguments.json:
        print(json.dumps(rows))
        return 0
    if not rows:
        print(f"no runs in {OUTPUTS}/ yet: type runner to train the first")
        return 0
    width = max(len(row["run"]) for row in rows)
    print(f"{'run':<{width}}  {'status':<11}  {'value':>8}  {'epochs':>6}  {'seconds':>8}  objective and changes")
    for row in rows:
        value = f"{row['value']:.4f}" if row["value"] is not None else "-"
        seconds = f"{row['seconds']:.1f}" if row["seconds"] is not None else "-"
        changes = " ".join([row["objective"] or "", *row["overrides"]])
        print(f"{row['run']:<{width}}  {row['status']:<11}  {value:>8}  {row['epochs']:>6}  {seconds:>8}  {changes}")
    return 0


def describe(path: Path) -> dict[str, Any]:
    """Return what is known of a run; one without a summary is running, or was killed."""
    summary = read_json(path / "summary.json")
    live = is_live(path)
    root = OUTPUTS.resolve()
    return {
        "run": str(path.relative_to(root)) if path.is_relative_to(root) else str(path),
        "status": "running" if live else summary.get("status", "interrupted"),
        "objective": summary.get("objective"),
        "value": summary.get("value"),
        "epochs": summary.get("epochs", 0),
        "steps": summary.get("steps", 0),
        "seconds": summary.get("seconds", {}).get("total"),
        "overrides": overrides(path),
        "folder": str(path),
    }
