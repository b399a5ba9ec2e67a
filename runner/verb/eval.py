"""measure the best weights of a run again, on any part of its data"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from runner.durable import read_json
from runner.folder import find
from runner.stream import document
from runner.trust.given import add_trust
from runner.verb._arguments import add_output, add_run

EXAMPLE = "runner eval latest --part valid"


def main(argv: list[str]) -> int:
    """Print the task's metrics of a run's best weights."""
    parser = argparse.ArgumentParser(prog="runner eval", description=__doc__, epilog=f"example: {EXAMPLE}")
    add_run(parser)
    parser.add_argument("--part", choices=("train", "valid", "test"), default="test")
    parser.add_argument(
        "--weights", nargs="+", default=["best"], metavar="NAME", help="best, last, snapshot-1 ...; several: their mean"
    )
    add_output(parser, quiet="print the objective's value only, or the loss")
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
        document({"run": folder.name, "weights": arguments.weights, "metrics": metrics})
    elif arguments.quiet:
        print(f"{metrics.get(wanted(folder, arguments.part), metrics[f'{arguments.part}/loss']):.6g}")
    else:
        for name, value in metrics.items():
            print(f"{name:<20} {value:.4f}")
    return 0


def wanted(folder: Path, part: str) -> str:
    """Return the name that the run's objective has on a part of the data."""
    return f"{part}/{str(read_json(folder / 'summary.json').get('objective')).rpartition('/')[2]}"
