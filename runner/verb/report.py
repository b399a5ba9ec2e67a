"""write report.html of runs or a sweep, one page that opens offline: curves, confusion, worst samples"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runner.folder import OUTPUTS, all_sweeps, find, find_any, is_live, is_sweep
from runner.stream import document
from runner.trust.given import add_trust
from runner.verb._arguments import add_output

if TYPE_CHECKING:
    from runner.history.past import Past
    from runner.inference.judged import Judged

EXAMPLE = "runner report latest"

QUICK = 30.0
"""Seconds that predictions may take without being asked for."""
FEW = 4
"""Runs that are predicted without being asked for."""
MOST = 10_000
"""Samples that are predicted."""


def main(argv: list[str]) -> int:
    """Write a page for each sweep, and one for all the runs; print where they are."""
    parser = argparse.ArgumentParser(
        prog="runner report",
        description=__doc__,
        epilog=f"example: {EXAMPLE}. Of a sweep that is over also results.csv and best.yaml are written.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "run", nargs="+", metavar="RUN", help="a run's or a sweep's folder, its id, its beginning, or latest"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="else report.html in the folder, or in outputs/")
    parser.add_argument(
        "--predictions",
        action=argparse.BooleanOptionalAction,
        default=None,
        help=f"predict the test part with best.pt, for confusion and worst samples; unless told: if it is quick "
        f"({QUICK:.0f} s) and of no more than {FEW} runs",
    )
    add_output(parser, quiet="print the paths only, and no notes", json="print one JSON array of paths")
    add_trust(parser)
    arguments = parser.parse_args(argv)
    try:
        folders = list(dict.fromkeys(named(reference) for reference in arguments.run))
        sweeps = [folder for folder in folders if is_sweep(folder)]
        runs = [folder for folder in folders if not is_sweep(folder)]
        if arguments.out is not None and len(sweeps) + bool(runs) > 1:
            parser.error("--out is for one report: of one sweep, or of runs")
        paths = [write(folder, arguments.out) for folder in sweeps]
        paths += [write_runs(runs, arguments.out, arguments.predictions, arguments.quiet)] if runs else []
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        document([str(path) for path in paths])
    else:
        for path in paths:
            print(os.path.relpath(path))
    return 0


def named(reference: str) -> Path:
    """Return the folder that is meant; the latest is whatever was begun last, and of a sweep not a trial.

    Raises:
        ValueError: Nothing, or more than one thing, has that name.
    """
    if reference != "latest":
        return find_any(reference)
    sweeps = all_sweeps()[-1:]
    try:
        run = find(reference)
    except ValueError:
        if not sweeps:
            raise
        return sweeps[0]
    if run.parent.name == "trials" and is_sweep(run.parents[1]):
        return run.parents[1]
    begun = (run / "config.yaml").stat().st_mtime
    return sweeps[0] if sweeps and (sweeps[0] / "sweep.yaml").stat().st_mtime > begun else run


def write(folder: Path, out: Path | None) -> Path:
    """Write the report of a sweep, and return where it is."""
    from runner.sweep.page import write_page
    from runner.sweep.record import place_of, read_place, write_results

    place, path = place_of(folder), (out or folder / "report.html").absolute()
    if out is None and not is_live(folder):
        results, importance, wrong = write_results(place)
        for sentence in wrong:
            print(f"warning: {sentence}", file=sys.stderr)
    else:
        results, importance = read_place(place)
    write_page(path, results, importance, folder)
    return path


def write_runs(folders: list[Path], out: Path | None, predictions: bool | None, quiet: bool = False) -> Path:
    """Write the report of runs, and return where it is."""
    from runner.history.past import Past
    from runner.report.page import write_page

    runs = [Past(folder) for folder in folders]
    path = out or (folders[0] / "report.html" if len(runs) == 1 else OUTPUTS / "report.html")
    if predictions is None and len(runs) > FEW:
        predictions = False
    verdicts = {str(run.get("run")): verdict(run, predictions) for run in runs}
    for name, found in verdicts.items():
        if isinstance(found, str) and predictions is not False and not quiet:
            print(f"note: {name}: no predictions: {found}", file=sys.stderr)
    return write_page(path.absolute(), runs, verdicts)


def verdict(run: Past, predictions: bool | None) -> Judged | str:
    """Return a run's predictions, or why there are none.

    Args:
        run: The run.
        predictions: Whether they are wanted; None: if they are quick.
    """
    if predictions is False:
        return "not asked for"
    if not (run.folder / "checkpoints" / "best.pt").exists():
        return "it has no checkpoints/best.pt"
    speed, data = run.summary.get("samples_per_second"), run.environment.get("data", {})
    if data.get("unit") == "tokens":
        return "a language model predicts every token"
    if predictions is None:
        if not speed:
            return "nobody knows how long they take: --predictions"
        seconds = min(MOST, data.get("test") or data.get("valid", 0)) / speed
        if seconds > QUICK:
            return f"they would take about {seconds:.0f} s: --predictions"
    from hydra.errors import InstantiationException

    from runner.check.reason import reason_of
    from runner.inference.judged import judge

    try:
        return judge(run.folder, most=MOST)
    except (ValueError, RuntimeError, InstantiationException) as error:
        return reason_of(error)
