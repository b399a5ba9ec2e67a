"""list the runs in outputs/, newest last"""

from __future__ import annotations

import argparse
import json

from runner.folder import OUTPUTS, all_runs
from runner.recorded import describe

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
