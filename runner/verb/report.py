"""write a sweep's report.html, one page that opens offline: history, importance, slices, every trial"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from runner.folder import find_sweep, is_live
from runner.trust.given import add_trust

EXAMPLE = "runner report latest"


def main(argv: list[str]) -> int:
    """Write the reports of sweeps and print where they are; of sweeps that are over also the table and the recipe."""
    parser = argparse.ArgumentParser(prog="runner report", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument("sweeps", nargs="+", metavar="SWEEP", help="a folder, a name, the beginning of one, or latest")
    parser.add_argument("--out", type=Path, metavar="FILE", help="another file than report.html in the sweep's folder")
    parser.add_argument("--json", action="store_true", help="print one JSON array of paths")
    add_trust(parser)
    arguments = parser.parse_args(argv)
    if arguments.out is not None and len(arguments.sweeps) > 1:
        parser.error("--out is for one sweep")
    try:
        folders = list(dict.fromkeys(find_sweep(reference) for reference in arguments.sweeps))
        paths = [write(folder, arguments.out) for folder in folders]
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps([str(path) for path in paths]))
    else:
        for path in paths:
            print(os.path.relpath(path))
    return 0


def write(folder: Path, out: Path | None) -> Path:
    """Write a report, and return where it is."""
    from runner.sweep.page import write_page
    from runner.sweep.record import place_of, read_place, write_results

    place, path = place_of(folder), (out or folder / "report.html").absolute()
    if out is None and not is_live(folder):
        write_results(place)
    else:
        write_page(path, *read_place(place), folder)
    return path
