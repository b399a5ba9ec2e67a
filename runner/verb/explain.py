"""tell where a key's value comes from: file and line, choice or override, and what it replaced"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from runner.stream import document
from runner.verb._arguments import add_output

EXAMPLE = "runner explain optimizer.lr recipes/ladder/4_deeper.yaml"


def main(argv: list[str]) -> int:
    """Print the account of each key, or a line for every key."""
    parser = argparse.ArgumentParser(
        prog="runner explain",
        usage="runner explain [-h] [-q] [--json] [--config-dir DIR] [-m] [KEY ...]\n"
        "                      [RECIPE.yaml] [group=choice ...] [key=value ...]",
        description=__doc__,
        epilog=f"KEY: a key, a mapping or a group, as optimizer.lr, dataset.augment, model; none: every key. "
        f"example: {EXAMPLE}",
    )
    add_output(parser, quiet="print the values only, one a line", json="print one JSON array")
    arguments, words = parser.parse_known_args(argv)

    from runner.check import Problem, report
    from runner.command import WrongCommand, read_command
    from runner.compose import hydra_for
    from runner.explain.account import NoSuchKey, account, line
    from runner.explain.trace import trace
    from runner.verbs import loose

    keys = loose(words)
    try:
        command = read_command([word for word in words if word not in keys])
        if command.flags:
            raise WrongCommand(f"{command.flags[0]} is for trainings: this looks at one")
        with hydra_for(command, showing=True) as loader:
            found, problems = trace(command, loader)
            if found is None:
                return report(problems)
            told = [account(found, key) for key in keys]
    except (WrongCommand, NoSuchKey) as error:
        return report([Problem(str(error))])
    if not keys:
        told = [line(found, key) for key in found.replay.leaves if key[0] != "hydra"]
    if arguments.json:
        document(told, indent=2)
    elif arguments.quiet:
        print("\n".join(plain(one["value"]) for told_ in told for one in _valued(told_)))
    elif keys:
        print("\n\n".join("\n".join(_text(one)) for one in told))
    else:
        print("\n".join(_lines(told)))
    return 0


def _valued(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what has a value: a key itself, or every key of a mapping."""
    known = {**told, "value": told["resolved"]} if "resolved" in told else told
    return [known] if "value" in known else told.get("keys", [])


def _text(told: dict[str, Any]) -> Iterator[str]:
    if "value" in told:
        yield f"{told['key']}={plain(told['value'])}"
    else:
        yield told["key"] + {"gone": ": not there", "default": ": required"}.get(told["state"], "")
    if "resolved" in told:
        yield from _row("comes to", plain(told["resolved"]))
    if "error" in told:
        yield from _row("comes to", f"nothing: {told['error']}")
    if "searched" in told:
        place = f" from {told['searched_by']} (sweep.space)" if "searched_by" in told else ""
        yield from _row("searched", f"{told['searched']}{place}")
    for index, event in enumerate(told.get("history", [])):
        value = f"{plain(event['value'])} " if index and "value" in event else ""
        label = "replaced" if index and event["what"] == "set" else event["what"]
        yield from _row(label, f"{value}{_where(event)}")
    for index, choice in enumerate(told.get("choices", [])):
        name = f"{choice['group']}={','.join(choice['value']) or 'null'}"
        why = choice["how"] if choice["how"] == "command line" else ""
        yield from _row("replaced" if index else "choice", f"{name} {_where({**choice, 'why': why})}")
    for one in told.get("gone", []):
        yield from _row("removed", f"{one['key']} {_where(one)}")
    for one in told.get("refers", []):
        known = f"{one['key']}={plain(one['value'])} {_where(one)}" if "value" in one else ""
        yield from _row("refers to", known or f"{one.get('key', one['text'])}: {one['about']}")
    if told.get("type"):
        yield from _row("type", told["type"])
    if told.get("about"):
        yield from _row("about", told["about"])
    yield from (f"  {text}" for text in _lines(told.get("keys", [])))


def _where(one: dict[str, Any]) -> str:
    place, why = one["place"], one["why"]
    if why == "command line":
        return f"from the command line: {place}"
    return f"from {place} ({why})" if why else f"from {place}"


def plain(value: Any) -> str:
    """Return a value as one would type it."""
    from runner.check.value import shown

    if isinstance(value, list | dict) or (isinstance(value, str) and "\n" in value):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value if isinstance(value, str) and value else shown(value)


def _row(label: str, text: str) -> list[str]:
    from runner.figure.fold import fold

    return fold(text, first=f"  {label:<10}", rest=" " * 12)


def _lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each key: what it is and where that was said; a place that does not fit goes below."""
    from runner.figure.fold import columns

    for row in rows:
        head = f"{row['key']}={plain(row['value'])}"
        place = f"command line: {row['place']}" if row["why"] == "command line" else row["place"]
        line = f"{head:<42}  {place}"
        yield from [line] if len(line) + 2 <= columns() else [head, f"    {place}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
