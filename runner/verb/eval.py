"""measure the best weights of a run again, on any part of its data"""

from __future__ import annotations

import argparse
import json
import sys

from runner.folder import find
from runner.trust.given import add_trust

EXAMPLE = "runner eval latest --part valid"


def main(argv: list[str]) -> int:
    """Print the task's metrics of a run's best weights."""
    parser = argparse.ArgumentParser(prog="runner eval", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument("run", help="a run's folder, its id, the beginning of its id, or latest")
    parser.add_argument("--part", choices=("train", "valid", "test"), default="test")
    parser.add_argument(
        "--weights", nargs="+", default=["best"], metavar="NAME", help="best, last, snapshot-1 ...; several: their mean"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_trust(parser)
    arguments = parser.parse_args(argv)
    try:
        folder = find(arguments.run)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    from hydra.errors import InstantiationException

    from runner.check.reason import reason_of
    from runner.inference.saved import Saved
    from runner.loop import evaluate

    try:
        metrics = evaluate(Saved(folder).run(arguments.weights), arguments.part)
    except (ValueError, RuntimeError, InstantiationException) as error:
        print(f"error: {reason_of(error)}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps({"run": folder.name, "weights": arguments.weights, "metrics": metrics}))
    else:
        for name, value in metrics.items():
            print(f"{name:<20} {value:.4f}")
    return 0
