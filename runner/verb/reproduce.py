"""train a finished run again as its record says, and compare bit for bit; exit 1, naming what differs"""

from __future__ import annotations

import argparse
import sys

from runner.durable import read_json
from runner.gate.baseline import read_tolerance
from runner.gate.measured import folder_of
from runner.reproduce.again import impossible, prepared
from runner.stream import document
from runner.verb._arguments import add_output

EXAMPLE = "runner reproduce latest"


def main(argv: list[str]) -> int:
    """Compare what the run depended on, then train, then compare what came out."""
    parser = argparse.ArgumentParser(
        prog="runner reproduce",
        description=__doc__,
        epilog=f"example: {EXAMPLE}. Exit 0: the same; 1: different, or the training failed; 2: not possible.",
        allow_abbrev=False,
    )
    parser.add_argument("run", help="a run's folder, its id, the beginning of its id, or latest; of a sweep its best")
    help_ = "how much metrics of epochs may differ: 0.5%% or 0.005; none: not by a bit"
    parser.add_argument("--tolerance", metavar="T", help=help_)
    parser.add_argument("--check", action="store_true", help="compare code, packages, machine and data; do not train")
    parser.add_argument("--track", action="store_true", help="have MLflow track it, if it tracked the run")
    add_output(parser, quiet="print only what differs")
    arguments = parser.parse_args(argv)
    from runner.check import Problem, problems_of, report
    from runner.configuration import recorded

    try:
        metric, tolerance = read_tolerance(arguments.tolerance) if arguments.tolerance else (None, None)
        if metric is not None:
            raise ValueError(f"--tolerance {arguments.tolerance}: one for all metrics, such as 0.5%")
        folder = folder_of(arguments.run)
        if reason := impossible(folder):
            raise ValueError(reason)
        then = read_json(folder / "environment.json")
        cfg = prepared(recorded(folder), then, track=arguments.track, quiet=arguments.json or arguments.quiet)
        problems = problems_of(cfg)
    except (ValueError, ConnectionError) as error:
        problems = [Problem(str(error))]
    if problems:
        return report(problems)
    from runner.reproduce.reproduction import Reproduction

    found = Reproduction(folder, cfg, then, tolerance)
    found.look()
    if found.open and not arguments.check:
        for warning in [] if arguments.quiet else found.warnings():
            print(f"warning: {warning}", file=sys.stderr)
        found.train()
    if found.error:
        print(f"error: {found.error}", file=sys.stderr)
    if arguments.json:
        document(found.plain())
    elif not found.error and not (arguments.quiet and found.code == 0):
        print("\n".join(found.lines()))
    return found.code
