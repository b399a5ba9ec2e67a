"""look at this machine: python, torch, devices, two processes, disk, data, tracking store"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from runner.secret import mask_url
from runner.stream import document
from runner.verb import _looks as looks
from runner.verb._arguments import add_output

EXAMPLE = "runner doctor --json"


def main(argv: list[str]) -> int:
    """Print a line for each thing looked at; exit 1 if one of them stops a training."""
    parser = argparse.ArgumentParser(prog="runner doctor", description=__doc__, epilog=f"example: {EXAMPLE}")
    add_output(parser, quiet="print only what stops a training")
    parser.add_argument("--quick", action="store_true", help="start no processes: saves some seconds")
    arguments = parser.parse_args(argv)
    every: dict[str, Callable[[], looks.Finding]] = {
        "python": looks.python,
        "torch": looks.torch,
        "device": looks.device,
        "processes": looks.skipped if arguments.quick else looks.processes,
        "disk": looks.disk,
        "tracking": looks.tracking,
        "runs": looks.runs,
        "data": looks.data,
        "extras": looks.extras,
        "code": looks.code,
    }
    found = {name: safely(look) for name, look in every.items()}
    if arguments.json:
        document({name: {"state": state, "text": text} for name, (state, text) in found.items()})
    else:
        from runner.figure.fold import fold

        for name, (state, text) in found.items():
            if state == looks.PROBLEM or not arguments.quiet:
                print("\n".join(fold(text, f"{state}  {name:<9} ", " " * 14)))
    return 1 if any(state == looks.PROBLEM for state, _ in found.values()) else 0


def safely(look: Callable[[], looks.Finding]) -> looks.Finding:
    """Look; what cannot even be looked at is a finding too."""
    try:
        return look()
    except Exception as error:
        return looks.NOTE, f"cannot be looked at: {type(error).__name__}: {' '.join(mask_url(str(error)).split())}"
