"""list the sweeps in outputs/: their trials, the best, newest last"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from runner.folder import OUTPUTS, all_sweeps, is_live
from runner.notes import read
from runner.stream import document
from runner.trust.given import add_trust
from runner.trust.printable import printable
from runner.verb._arguments import add_output

EXAMPLE = "runner sweeps --json"


def main(argv: list[str]) -> int:
    """Print a line for each sweep."""
    parser = argparse.ArgumentParser(prog="runner sweeps", description=__doc__, epilog=f"example: {EXAMPLE}")
    add_output(parser, quiet="print names only, one a line", json="print one JSON array")
    add_trust(parser)
    arguments = parser.parse_args(argv)
    rows = [describe(folder) for folder in all_sweeps()]
    if arguments.json:
        document(rows)
        return 0
    if arguments.quiet:
        print("".join(f"{row['name']}\n" for row in rows), end="")
        return 0
    if not rows:
        print(f"no sweeps in {OUTPUTS}/ yet: type runner -m seed=0,1,2 for a first one")
        return 0
    from runner.history.table import folded, terminal_width
    from runner.sweep.table import number

    width = max(len("sweep"), *(len(row["name"]) for row in rows))
    room = terminal_width()
    print("\n".join(folded(f"{'sweep':<{width}}  {'best':>8}  trials, sampler and objective", room)))
    for row in rows:
        best = number(row["best"]["mean"]) if row.get("best") else "-"
        counts = ", ".join(f"{count} {kind}" for kind, count in row.get("trials", {}).items() if count)
        words = [row.get("error") or counts or "no trials", row.get("sampler"), " ".join(row.get("objectives", []))]
        words += [f"#{tag}" for tag in row["tags"]]
        words += ["live now"] if row["live"] else []
        line = f"{row['name']:<{width}}  {best:>8}  {' · '.join(word for word in words if word)}"
        print("\n".join(map(printable, folded(line, room))))
    return 0


def describe(folder: Path) -> dict[str, Any]:
    """Return what is known of a sweep, or why nothing is."""
    from runner.sweep.record import plain, read_folder

    known = {"name": folder.name, "folder": str(folder), "live": is_live(folder), "tags": list(read(folder).tags)}
    try:
        found = plain(read_folder(folder))
    except (ValueError, ConnectionError) as error:
        return {**known, "error": str(error).splitlines()[0]}
    return {**known, **{key: value for key, value in found.items() if key not in ("name", "rows", "importance")}}
