"""write a note or a tag to a run, or a sweep; they are listed, shown and sent with it"""

from __future__ import annotations

import argparse
import sys
import time

from runner import notes
from runner.folder import find_any, identity, is_sweep
from runner.stream import document
from runner.verb._arguments import add_output

EXAMPLE = 'runner note latest "warm-up was too short" --tag baseline'


def main(argv: list[str]) -> int:
    """Append to what is written about a run; without anything to append, print it."""
    parser = argparse.ArgumentParser(
        prog="runner note",
        description=__doc__,
        epilog=f"example: {EXAMPLE}. Find them again: runner runs tag=baseline, runner runs note~warm",
        allow_abbrev=False,
    )
    parser.add_argument("run", help="a run's or a sweep's folder, its id, the beginning of its id, or latest: a run")
    parser.add_argument("text", nargs="*", help="the note; without one, and without tags, what there is is printed")
    parser.add_argument(
        "--tag", action="append", default=[], metavar="WORD", help="also, or only, a word to find it by"
    )
    parser.add_argument("--untag", action="append", default=[], metavar="WORD", help="a tag that it no longer has")
    add_output(parser, quiet="say nothing if it worked", json="print all that is written about it as one JSON object")
    arguments = parser.parse_intermixed_args(argv)
    text = " ".join(arguments.text).strip()
    try:
        folder = find_any(arguments.run)
        for tag in arguments.tag:
            notes.check_tag(tag)
        if unknown := [tag for tag in arguments.untag if tag not in notes.read(folder).tags]:
            raise ValueError(f"--untag {unknown[0]}: {identity(folder)} has no such tag")
        changes = bool(text or arguments.tag or arguments.untag)
        known = notes.add(folder, text, arguments.tag, arguments.untag) if changes else notes.read(folder)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    name = folder.name if is_sweep(folder) else identity(folder)
    if arguments.json:
        written = [{"time": moment, "text": line} for moment, line in known.notes]
        document({"run": name, "notes": written, "tags": list(known.tags)})
    elif not changes or not arguments.quiet:
        print(f"{name}{''.join(f' #{tag}' for tag in known.tags)}")
        for moment, line in known.notes:
            print(f"  {time.strftime('%Y-%m-%d %H:%M', time.gmtime(moment))}  {line}")
        if not known.notes and not known.tags:
            print("  no notes and no tags")
    return 0
