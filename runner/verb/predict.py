"""predict what a run was trained for: of files, or of a part of its own data"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runner.dataset.files import check_there
from runner.durable import write_json, write_text
from runner.folder import find
from runner.stream import document
from runner.trust.given import add_trust
from runner.verb._arguments import add_output, add_run

if TYPE_CHECKING:
    from runner.inference.predictions import Row

EXAMPLE = "runner predict latest pictures/ --out predictions.csv"

SUFFIXES = (".csv", ".json")


def main(argv: list[str]) -> int:
    """Print or write a row for each sample."""
    parser = argparse.ArgumentParser(
        prog="runner predict",
        usage="runner predict [-h] RUN FILE [FILE ...]\n"
        "                      [--out FILE] [--top K] [--weights NAME ...] [-q]\n"
        "                      [--json]",
        description=__doc__,
        epilog=f"example: {EXAMPLE}",
    )
    add_run(parser)
    parser.add_argument(
        "what", nargs="+", metavar="FILE", help="pictures, texts or folders of them; a table; or test, valid, train"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write .csv or .json instead of printing")
    parser.add_argument("--top", type=int, default=1, metavar="K", help="the K most probable classes")
    parser.add_argument(
        "--weights", nargs="+", default=["best"], metavar="NAME", help="best, last, snapshot-1 ...; several: their mean"
    )
    add_output(parser, quiet="print the predictions only, one a line; with --out nothing")
    add_trust(parser)
    arguments = parser.parse_args(argv)
    out: Path | None = arguments.out
    try:
        if out and out.suffix not in SUFFIXES:
            raise ValueError(f"--out {out}: the ending decides the format: {' or '.join(SUFFIXES)}")
        if out and not out.parent.is_dir():
            raise ValueError(f"--out {out}: there is no folder {out.parent}")
        if arguments.top < 1:
            raise ValueError(f"--top must be >= 1, got {arguments.top}")
        folder = find(arguments.run)
        if arguments.what not in (["train"], ["valid"], ["test"]):
            check_there(arguments.what)
        rows = predicted(folder, arguments.what, arguments.top, arguments.weights)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    from runner.inference.predictions import as_csv, as_table, cell

    if out:
        write_json(out, rows) if out.suffix == ".json" else write_text(out, as_csv(rows))
    if arguments.json:
        found = {"out": str(out)} if out else {"predictions": rows}
        document({"run": folder.name, "weights": arguments.weights, "samples": len(rows), **found})
    elif not arguments.quiet:
        print(f"{len(rows):,} predictions in {out}" if out else as_table(rows))
    elif not out:
        print("".join(f"{cell(row['prediction'])}\n" for row in rows), end="")
    return 0


def predicted(folder: Path, what: list[str], top: int, weights: list[str]) -> list[Row]:
    """Return a row for each sample.

    Raises:
        ValueError: The run, its weights or a file cannot be used; the message says which.
    """
    from runner.inference.answer import answer
    from runner.inference.saved import Saved

    return answer(Saved(folder), what, top, weights)
