"""print the best finished run of each dataset and objective, and how to use it"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections import Counter

from runner.history.condition import check_names, matching, read_condition
from runner.history.past import Past, every_run
from runner.history.table import folded, printable, terminal_width
from runner.history.winner import Contest, contests, narrowing, sources
from runner.stream import document
from runner.verb._arguments import add_output

EXAMPLE = "runner best dataset=digits --metric test/accuracy"


def main(argv: list[str]) -> int:
    """Print a block for each group of runs that can be compared."""
    parser = argparse.ArgumentParser(
        prog="runner best",
        description=__doc__,
        epilog=f"example: {EXAMPLE}. In a script: runner eval $(runner best dataset=digits -q). FILTER: see runner "
        "runs --help. Compared is what was measured on the same data: trials of sweeps count too; "
        "what debug= has shortened does not, unless a filter asks for it (debug=smoke).",
        allow_abbrev=False,
    )
    parser.add_argument("filters", nargs="*", metavar="FILTER", help="what a run has to be, as for runner runs")
    parser.add_argument(
        "--metric", metavar="NAME", help="what to compare, final.NAME: of the last epoch; else the objective"
    )
    parser.add_argument("--top", type=int, default=3, metavar="N", help="how many to show of each group; else 3")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--max", dest="way", action="store_const", const="max", help="more is better, whatever it is")
    way.add_argument("--min", dest="way", action="store_const", const="min", help="less is better, whatever it is")
    add_output(
        parser, quiet="print the id of the best only; if there is no one best, exit 2", json="print one JSON array"
    )
    arguments = parser.parse_intermixed_args(argv)
    try:
        if arguments.top < 1:
            raise ValueError(f"--top must be >= 1, got {arguments.top}")
        conditions = [read_condition(word) for word in arguments.filters]
        runs = matching(conditions, every_run())
        if not any(condition.name == "debug" for condition in conditions):
            runs = [run for run in runs if not run.debug]
        check_names([arguments.metric] if arguments.metric else [], runs)
        found = contests(runs, arguments.metric, arguments.way)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        document([plain(contest, arguments.top) for contest in found])
    elif arguments.quiet:
        if len(found) != 1:
            print("\n".join(printable(line) for line in not_one(found, argv)), file=sys.stderr)
            return 2
        print(found[0].ranking[0].get("run"))
    elif not found:
        print("no finished run" + (" matches" if arguments.filters or arguments.metric else " in outputs/ yet"))
    else:
        counts = Counter((contest.dataset, contest.metric) for contest in found)
        width = terminal_width()
        blocks = [lines(one, arguments.top, counts[one.dataset, one.metric] > 1) for one in found]
        print("\n\n".join("\n".join(printable(p) for line in block for p in folded(line, width)) for block in blocks))
    return 0


def not_one(found: list[Contest], argv: list[str]) -> list[str]:
    """Return why there is no one best run, and the commands that have one."""
    if not found:
        return ["error: no finished run matches, so none is the best"]
    what = "on the same data" if len({contest.fingerprint for contest in found}) > 1 else "by the same metric"
    commands = [shlex.join(["runner", "best", *argv, *words]) for words in narrowing(found)]
    size = max(map(len, commands))
    about = [
        f"{source}, {one.metric}, {len(one.ranking)} run{'s' if len(one.ranking) > 1 else ''}"
        for source, one in zip(sources(found), found, strict=True)
    ]
    told = [f"  {command:<{size}}  {text}" for command, text in zip(commands, about, strict=True)]
    return [f"error: not one best but {len(found)}: these runs were not measured {what}; say which:", *told]


def lines(contest: Contest, top: int, ambiguous: bool) -> list[str]:
    """Return who won, who came next, and what to type.

    Args:
        top: How many to show.
        ambiguous: There are other data of that name, too.
    """
    which = f" ({contest.fingerprint[:8]})" if ambiguous else ""
    count = len(contest.ranking)
    head = f"{contest.dataset}{which} · {contest.metric} ({contest.way}) · {count} run{'s' if count > 1 else ''}"
    shown = contest.ranking[:top]
    size = max(len(run.described["run"]) for run in shown)
    table = []
    for place, run in enumerate(shown, start=1):
        model = run.choices.get("model", "?")
        typed = run.described["overrides"]
        recipe = [word for word in typed if "=" not in word and word.endswith(".yaml")]
        words = [*recipe, f"model={model}", *(word for word in typed if word not in (*recipe, f"model={model}"))]
        words += [f"#{tag}" for tag in run.written.tags]
        table.append(f"{place:>5}  {run.described['run']:<{size}}  {contest.value(run):<10.6g}  {' '.join(words)}")
    return [head, *table, *(f"{'next' if i == 0 else '':>5}  {c}" for i, c in enumerate(commands(contest.ranking[0])))]


def commands(run: Past) -> list[str]:
    """Return what one does with a run's weights."""
    name = shlex.quote(run.described["run"])
    is_of_tokens = run.environment.get("data", {}).get("unit") == "tokens"
    use = f'runner generate {name} --prompt "The "' if is_of_tokens else f"runner predict {name} test"
    return [f"runner show {name}", f"runner eval {name}", use]


def plain(contest: Contest, top: int) -> dict[str, object]:
    """Return a group as plain values."""
    return {
        "dataset": contest.dataset,
        "fingerprint": contest.fingerprint,
        "metric": contest.metric,
        "direction": contest.way,
        "runs": len(contest.ranking),
        "ranking": [{"rank_value": contest.value(run), **run.near} for run in contest.ranking[:top]],
        "commands": commands(contest.ranking[0]),
    }
