"""One of the processes of an all-reduce: ``python -m runner.machine.partner``; see ``runner.machine.allreduce``.

Imports torch only after it has asked to die with its parent: the import takes seconds.
"""

from __future__ import annotations

import argparse
import json
import sys

from runner.child import die_with


def main(argv: list[str]) -> int:
    """Meet the others, add up a tensor of each size, and print the seconds of each as one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m runner.machine.partner", description=__doc__)
    parser.add_argument("--parent", type=int, required=True, help="process id")
    parser.add_argument("--store", required=True, help="the file through which the processes find each other")
    parser.add_argument("--rank", type=int, required=True)
    parser.add_argument("--world", type=int, required=True)
    parser.add_argument("--backend", required=True, help="gloo, or nccl with a GPU for each process")
    parser.add_argument("--limit", type=float, required=True, help="seconds to wait for the others")
    parser.add_argument("--seconds", type=float, required=True, help="for each size")
    parser.add_argument("--sizes", type=int, nargs="*", default=[], help="bytes")
    told = parser.parse_args(argv)
    die_with(told.parent)

    from runner.machine.allreduce import reduced

    found = reduced(told.backend, told.store, told.rank, told.world, told.limit, told.seconds, told.sizes)
    print(json.dumps({str(size): seconds for size, seconds in found.items()}))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Exception as error:  # one line for whoever started this, instead of a traceback
        print(" ".join(str(error).split()) or type(error).__name__, file=sys.stderr)
        sys.exit(1)
