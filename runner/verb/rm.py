"""remove runs or whole sweeps, after asking; never one that is running"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runner.folder import OUTPUTS, Busy, find_any
from runner.history.table import printable
from runner.secret import mask_url
from runner.stream import document
from runner.verb._arguments import add_output

if TYPE_CHECKING:
    from runner.history.removal import Doomed

EXAMPLE = "runner rm 20261126-114354"


def main(argv: list[str]) -> int:
    """Show what would go, ask, and remove it."""
    parser = argparse.ArgumentParser(
        prog="runner rm",
        description=__doc__,
        epilog=f"example: {EXAMPLE}. Many: runner rm $(runner runs status=failed --since 7d -q) --yes. The entry in "
        "the tracking store stays unless --tracking is given. Nothing is removed if one of them cannot be.",
        allow_abbrev=False,
    )
    parser.add_argument("run", nargs="+", metavar="RUN", help="a run's or a sweep's folder, its id, or its beginning")
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask; needed where there is no terminal")
    parser.add_argument(
        "--tracking", action="store_true", help="delete the entry in MLflow, too (mlflow can restore it)"
    )
    parser.add_argument("--from-sweep", action="store_true", help="also trials: their sweep goes on without the folder")
    parser.add_argument("--dry-run", action="store_true", help="only show what would go")
    add_output(parser, quiet="say nothing if it worked", json="print one JSON array; asks nothing, so it needs --yes")
    arguments = parser.parse_args(argv)
    from runner.history.removal import consider

    try:
        found = [consider(folder, arguments.from_sweep) for folder in outermost(arguments.run)]
    except (ValueError, OSError) as error:
        return wrong(error)
    if not arguments.json and not (arguments.quiet and arguments.yes):
        for line in [line for one in found for line in lines(one, arguments.tracking)]:
            print(printable(line))
    if not arguments.dry_run and not arguments.yes:
        if arguments.json or not somebody():
            return wrong("nobody can be asked here: say --yes to remove this, or --dry-run to see it")
        if answer(f"remove {total(found)}? [y/N] ") not in ("y", "yes"):
            print("nothing was removed")
            return 0
    code = 0 if arguments.dry_run else removed(found, arguments.tracking)
    if arguments.json:
        document([plain(one, arguments.tracking) for one in found])
    elif not arguments.dry_run and not code and not arguments.quiet:
        print(f"removed {total(found)}")
    return code


def somebody() -> bool:
    """Tell whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def answer(question: str) -> str:
    """Return what somebody answers; the end of the input is no answer."""
    try:
        return input(question).strip().lower()
    except EOFError:
        print()
        return ""


def wrong(reason: object) -> int:
    """Say what is wrong with a command; nothing was removed."""
    print(f"error: {reason}", file=sys.stderr)
    return 2


def outermost(references: list[str]) -> list[Path]:
    """Return the folders that are meant, without those that go with another.

    Raises:
        ValueError: Nothing, or more than one thing, has such a name.
    """
    folders = list(dict.fromkeys(find_any(reference) for reference in references))
    return [one for one in folders if not any(one.is_relative_to(other) for other in folders if other != one)]


def removed(found: list[Doomed], tracking: bool) -> int:
    """Remove one after the other; return the exit code."""
    from runner.history.removal import leftovers, remove

    for one in found:

        def forget(one: Doomed = one) -> None:
            if tracking and (entries := one.tracked()):
                from runner.tracking.forget import delete

                delete(entries)

        try:
            remove(one, forget)
        except Busy as error:
            return wrong(error)
        except Exception as error:  # a store that does not answer, a disk that is read-only: the rest stays
            print(f"error: {one.name} was not removed: {mask_url(str(error))}", file=sys.stderr)
            return 1
    for path in leftovers(OUTPUTS):
        shutil.rmtree(path, ignore_errors=True)
    return 0


def lines(one: Doomed, tracking: bool) -> list[str]:
    """Return what goes, and what is worth knowing about it."""
    inside = f", {len(one.runs)} runs" if one.kind == "sweep" else ""
    text = [f"{one.kind} {one.name}  {megabytes(one.size)}{inside}"]
    text += [f"    {warning}" for warning in one.warnings]
    if entries := one.tracked():
        from runner.tracking.forget import address

        fate = "is deleted too" if tracking else "stays: --tracking deletes it, too"
        text.append(f"    its entry in {mask_url(address(entries[-1]))} {fate}")
    return text


def megabytes(size: int) -> str:
    """Return bytes as one would say them."""
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"


def total(found: list[Doomed]) -> str:
    """Return how much that is."""
    runs = sum(len(one.runs) for one in found)
    return f"{runs} run{'' if runs == 1 else 's'}, {megabytes(sum(one.size for one in found))}"


def plain(one: Doomed, tracking: bool) -> dict[str, object]:
    """Return it as plain values."""
    return {
        "run": one.name,
        "kind": one.kind,
        "runs": len(one.runs),
        "bytes": one.size,
        "warnings": list(one.warnings),
        "tracking": tracking,
        "exists": one.folder.exists(),
    }
