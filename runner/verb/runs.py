"""list the runs in outputs/, newest last"""

from __future__ import annotations

import argparse
import json
from collections import Counter

from runner.folder import OUTPUTS, all_runs, is_sweep
from runner.recorded import describe
from runner.trust.printable import printable

EXAMPLE = "runner runs --json"


def main(argv: list[str]) -> int:
    """Print a line for each run, and one for all the trials of a sweep."""
    parser = argparse.ArgumentParser(prog="runner runs", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument("--json", action="store_true", help="print one JSON array, trials of sweeps included")
    parser.add_argument("--all", action="store_true", help="a line for each trial of a sweep too")
    arguments = parser.parse_args(argv)
    paths = all_runs()
    if arguments.json:
        print(json.dumps([describe(path) for path in paths]))
        return 0
    if not paths:
        print(f"no runs in {OUTPUTS}/ yet: type runner to train the first")
        return 0
    folded = [] if arguments.all else [path for path in paths if is_sweep(path.parents[1])]
    rows = [describe(path) for path in paths if path not in folded]
    if rows:
        table(rows)
    for name, count in Counter(path.parents[1].name for path in folded).items():
        runs = "1 run" if count == 1 else f"{count} runs"
        print(f"sweep {name}: {runs}, see runner show {name}, or runner runs --all")
    return 0


def table(rows: list[dict[str, object]]) -> None:
    """Print a head, and a line for each run."""
    width = max(len(str(row["run"])) for row in rows)
    print(f"{'run':<{width}}  {'status':<11}  {'value':>8}  {'epochs':>6}  {'seconds':>8}  objective and changes")
    for row in rows:
        value = f"{row['value']:.4f}" if row["value"] is not None else "-"
        seconds = f"{row['seconds']:.1f}" if row["seconds"] is not None else "-"
        overrides = row["overrides"]
        assert isinstance(overrides, list)
        changes = " ".join([str(row["objective"] or ""), *overrides])
        line = f"{row['run']:<{width}}  {row['status']:<11}  {value:>8}  {row['epochs']:>6}  {seconds:>8}  {changes}"
        print(printable(line))
