"""the gate of CI: hold runs against expectations and a baseline; exit 3 if they miss one"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from runner.durable import write_text
from runner.figure.fold import columns
from runner.gate.asked import Asked
from runner.gate.baseline import write_baseline
from runner.gate.measured import Measured
from runner.gate.verdict import checks_of, junit_of, lines, markdown
from runner.history.table import folded
from runner.stream import document
from runner.verb._arguments import add_output

EXAMPLE = "runner assert latest 'test/accuracy>=0.9' 'seconds<600'"

USAGE = """runner assert RUN [RUN ...] ['METRIC>=NUMBER' ...]
                     [--baseline REF [--tolerance T] [--metric NAME]] [--mean]
                     [--junit FILE] [--markdown FILE] [-q] [--json]
                     [--write-baseline FILE.json]"""


def main(argv: list[str]) -> int:
    """Print what was asked and what was measured; 0: all holds, 3: something does not, 2: it cannot be asked so."""
    parser = argparse.ArgumentParser(
        usage=USAGE,
        description=__doc__,
        epilog=f"example: {EXAMPLE}. A RUN that is a sweep is its best trial. METRIC: test/accuracy, valid/loss (of "
        "the best weights), final.valid/loss (of the last epoch), seconds, samples_per_second, params, epochs ... "
        "Without expectations: those of the run's own configuration.",
        allow_abbrev=False,
    )
    parser.add_argument("words", nargs="+", metavar="RUN or 'METRIC>=NUMBER'", help="in any order; quote the latter")
    parser.add_argument("--baseline", metavar="REF", help="a run, a sweep (its best), or a file of --write-baseline")
    help_ = "how much worse is no miss: 0.5%% or 0.005; of one metric: test/loss=5%%"
    parser.add_argument("--tolerance", action="append", default=[], metavar="T", help=help_)
    help_ = "compare this with the baseline instead of all test metrics; may be repeated"
    parser.add_argument("--metric", action="append", default=[], metavar="NAME", help=help_)
    parser.add_argument("--mean", action="store_true", help="hold the mean of the runs against it, such as of seeds")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write a test report for a CI server")
    help_ = 'append a table, such as to "$GITHUB_STEP_SUMMARY"'
    parser.add_argument("--markdown", type=Path, metavar="FILE", help=help_)
    add_output(parser, quiet="print only what is missed")
    help_ = "if all holds, write what was measured, to be a --baseline"
    parser.add_argument("--write-baseline", type=Path, metavar="FILE", help=help_)
    arguments = parser.parse_intermixed_args(argv)

    asked = Asked()
    runs, expressions = asked.words(arguments.words)
    runs = asked.one(runs) if arguments.mean and runs else runs
    baseline, tolerances = asked.baseline(arguments.baseline, arguments.tolerance, arguments.metric)
    wanted = [
        (run, asked.wanted(run, expressions, baseline, tolerances, arguments.metric, bool(arguments.write_baseline)))
        for run in runs
    ]
    for flag in ("junit", "markdown", "write_baseline"):
        asked.folder(flag, getattr(arguments, flag))
    if arguments.write_baseline and len(runs) > 1:
        asked.problems.append("--write-baseline is of one run: choose one, or their --mean")
    if asked.problems:
        for problem in dict.fromkeys(asked.problems):
            print(f"error: {problem}", file=sys.stderr)
        return 2

    checks = [check for run, bounds in wanted for check in checks_of(run, bounds)]
    holds = all(check.holds for check in checks)
    notes = [*shortened(runs), *other_data(runs, baseline)]
    if arguments.junit:
        write_text(arguments.junit, junit_of(checks))
    if arguments.markdown:
        with open(arguments.markdown, "a", encoding="utf-8") as file:  # what other steps said stays
            file.write(markdown(checks, notes))
    if arguments.write_baseline and holds:
        write_baseline(arguments.write_baseline, runs[0])
    if arguments.json:
        document({"holds": holds, "checks": [check.plain() for check in checks], "notes": notes})
    else:
        shown = [check for check in checks if not check.holds] if arguments.quiet else checks
        text = [*(lines(shown) if shown else []), *([] if arguments.quiet else notes)]
        print("".join(f"{part}\n" for line in text for part in folded(line, columns())), end="")
    return 0 if holds else 3


def shortened(runs: list[Measured]) -> list[str]:
    """Return a note for each run that ``debug`` has shortened: what it measured says little."""
    return [f"note: {run.name} was shortened by debug={run.debug}: train without it first" for run in runs if run.debug]


def other_data(runs: list[Measured], baseline: Measured | None) -> list[str]:
    """Return a note for each run whose data are not the baseline's."""
    if baseline is None or baseline.data is None:
        return []
    others = [run.name for run in runs if run.data is not None and run.data != baseline.data]
    return [f"note: {name} was measured on other data than the baseline {baseline.name}" for name in others]
