"""list the parts as a tree: groups and choices, the keys of a choice, recipes"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from runner.figure.fold import columns, fold
from runner.stream import document
from runner.verb._arguments import add_config_dir, add_output
from runner.vocabulary.own import no_choice, own_parts
from runner.vocabulary.part import about as summary
from runner.vocabulary.part import choices, groups, search_path

EXAMPLE = "runner ls model=cnn"

Row = dict[str, Any]


def main(argv: list[str]) -> int:
    """Print the tree of choices, a group, a choice's keys, or the recipes."""
    parser = argparse.ArgumentParser(prog="runner ls", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument("group", nargs="?", default="", help="a group, a group=choice, or recipes; else everything")
    add_config_dir(parser)
    add_output(parser, quiet="print what can be typed only, one a line", json="print one JSON array")
    arguments = parser.parse_args(argv)
    try:
        rows = _rows(arguments.group, arguments.config_dir)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        document(rows, indent=2)
    elif arguments.quiet:
        print("\n".join(map(_word, rows)))
    else:
        print("\n".join(_text(rows, tree=not arguments.group)))
    return 0


def _word(row: Row) -> str:
    """Return a row as one would type it."""
    if "key" in row:
        return str(row["key"])
    return str(row["name"] if row["group"] == "recipes" else f"{row['group']}={row['name']}")


def _rows(what: str, config_dir: str | None) -> list[Row]:
    from runner.check.suggest import did_you_mean

    folders = search_path(config_dir=own_parts(config_dir))
    known = groups(folders)
    group, _, choice = what.partition("=")
    if group and group not in (*known, "recipes"):
        raise ValueError(f"no group {group}{did_you_mean(group, [*known, 'recipes'])}")
    if choice:
        if group == "recipes":
            raise ValueError(f"no {what}: a recipe is looked at with runner cat FILE")
        if choice not in (there := choices(group, folders)):
            raise ValueError(no_choice(group, choice, there))
        return _keys(group, choice, folders)
    chosen = _defaults(folders)
    rows = [
        {"group": one, "name": name, "about": summary(path), "default": name in chosen.get(one, "").split(",")}
        for one in ([group] if group else known)
        for name, path in choices(one, folders).items()
    ]
    return [*rows, *(_recipes() if group in ("", "recipes") else [])]


def _recipes() -> list[Row]:
    from runner.home import all_recipes
    from runner.vocabulary.part import opening

    return [{"group": "recipes", "name": name, "about": opening(path)} for name, path in all_recipes().items()]


def _defaults(folders: tuple[Path, ...]) -> dict[str, str]:
    """Return what each group is unless told."""
    from runner.vocabulary.sketch import sketch

    return sketch("config", folders, {})[1]


def _keys(group: str, choice: str, folders: tuple[Path, ...]) -> list[Row]:
    """Return a row for each key of a choice: what it is by the YAML, and what it may be by the signature."""
    from runner.check.value import words
    from runner.vocabulary.key import keys_of_part
    from runner.vocabulary.sketch import sketch

    node: Any = sketch("config", folders, {group: choice})[0]
    path = group.replace("/", ".")
    for part in path.split("."):
        node = node.get(part) or {}
    return [
        {
            "key": row.key,
            "value": "" if row.nested else row.value,
            "type": "" if row.annotation is Any else words(row.annotation),
            "about": row.about,
        }
        for row in keys_of_part(node, path)
    ]


def _text(rows: list[Row], tree: bool) -> list[str]:
    if rows and "key" in rows[0]:
        return [line for row in rows for line in _entry(row)]
    indent = "  " if tree else ""
    width = max((len(row["name"]) for row in rows if row["group"] != "recipes"), default=0) + len(indent)
    lines: list[str] = []
    group = ""
    for row in rows:
        if tree and row["group"] != group:
            group = row["group"]
            named = ", ".join(other["name"] for other in rows if other["group"] == group and other.get("default"))
            lines += fold(f"{group}: {named} unless told" if named else group)
        head = f"{indent}{row['name']}"
        if row["group"] != "recipes":
            lines += fold(row["about"], f"{head:<{width}}  ", " " * (width + 2))
        elif len(f"{head}  {row['about']}") <= columns():
            lines.append(f"{head}  {row['about']}")
        else:  # paths are long: what it is about goes below
            lines += [head, *fold(row["about"], f"{indent}    ", f"{indent}    ")]
    return lines


def _entry(row: Row) -> list[str]:
    from runner.check.value import shown

    value = row["value"] if isinstance(row["value"], str) else shown(row["value"])
    head = f"{row['key']}={value}" if value != "" else row["key"]
    about = fold(row["about"], "      ", "      ") if row["about"] else []
    return [*fold(row["type"], f"{head:<32}  ", " " * 34), *about]
