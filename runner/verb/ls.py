"""list the parts: groups and choices, the keys of a choice, recipes"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hydra._internal.config_loader_impl import ConfigLoaderImpl

EXAMPLE = "runner ls model=cnn"

Row = dict[str, Any]


def main(argv: list[str]) -> int:
    """Print the tree of choices, a group, a choice's keys, or the recipes."""
    parser = argparse.ArgumentParser(prog="runner ls", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument("what", nargs="?", default="", help="a group, a group=choice, or recipes; else all groups")
    parser.add_argument("--config-dir", "-cd", metavar="DIR", help="a folder of your own groups")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    arguments = parser.parse_args(argv)

    from runner.compose import WrongCommand, hydra_for, read_command

    try:
        command = read_command(["--config-dir", arguments.config_dir] if arguments.config_dir else [])
        with hydra_for(command) as loader:
            rows = _rows(arguments.what, loader)
    except (WrongCommand, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(rows, indent=2, default=str) if arguments.json else _text(rows, tree=not arguments.what))
    return 0


def _rows(what: str, loader: ConfigLoaderImpl) -> list[Row]:
    from runner.check.facts import GROUPS
    from runner.check.override import options
    from runner.check.source import config_file
    from runner.check.suggest import did_you_mean
    from runner.home import all_recipes

    if what == "recipes":
        return [{"name": name, "about": summary(path)} for name, path in all_recipes().items()]
    group, _, choice = what.partition("=")
    if group and group not in GROUPS:
        raise ValueError(f"no group {group}{did_you_mean(group, [*GROUPS, 'recipes'])}")
    if choice:
        if choice not in options(loader, group):
            raise ValueError(f"no {group}={choice}{did_you_mean(choice, options(loader, group))}")
        return keys(group, choice)
    return [
        {"group": one, "name": name, "about": summary(config_file(loader, f"{one}/{name}"))}
        for one in ([group] if group else GROUPS)
        for name in options(loader, one)
    ]


def summary(path: Path | None) -> str:
    """Return a YAML file's first comment line, Hydra's own comments aside."""
    for line in path.read_text(encoding="utf-8").splitlines() if path else ():
        text = line.lstrip("# ").strip()
        if line.startswith("#") and not text.startswith("@package"):
            return text
        if not line.startswith("#"):
            break
    return ""


def keys(group: str, choice: str) -> list[Row]:
    """Return a row for each key of a choice: what it is by the YAML, and what it may be by the signature."""
    from runner.check.composition import compose
    from runner.check.plain import to_plain

    tree, _ = to_plain(compose("config", [f"{group}={choice}"]))
    node = tree.get(group) or {}
    if "_target_" in node:
        return _keys_of(node, group)
    entries = {f"{group}.{name}": inner for name, inner in node.items() if isinstance(inner, Mapping)}
    return [row for path, inner in entries.items() for row in _keys_of(inner, path)]


def _keys_of(node: Mapping[str, Any], path: str) -> list[Row]:
    from runner.check.facts import FACTS, SPECIAL
    from runner.check.module import Unknown
    from runner.check.signature import signature_at
    from runner.check.value import words

    try:
        signature = signature_at(path, str(node.get("_target_")))
    except Unknown as error:
        raise ValueError(f"{path}._target_={node.get('_target_')}: {error}") from None
    known = {} if signature is None else signature.parameters
    rows: list[Row] = [{"key": f"{path}._target_", "value": node.get("_target_"), "type": "", "about": ""}]
    for name in dict.fromkeys([*known, *node]):
        if name in SPECIAL or name in FACTS.get(path, {}):
            continue
        value = node.get(name, known[name].default if name in known and not known[name].required else None)
        nested = isinstance(value, Mapping) and "_target_" in value
        about = known[name].doc if name in known else ""
        kind = words(known[name].annotation) if name in known and not nested else ""
        rows.append({"key": f"{path}.{name}", "value": "" if nested else value, "type": kind, "about": about})
        if nested:
            rows += _keys_of(value, f"{path}.{name}")
    return rows


def _text(rows: list[Row], tree: bool) -> str:
    if rows and "key" in rows[0]:
        return "\n".join(_entry(row) for row in rows)
    width = max((len(row["name"]) for row in rows), default=0)
    lines, group = [], ""
    for row in rows:
        if tree and row["group"] != group:
            group = row["group"]
            lines.append(group)
        lines.append(_cut(f"{'  ' if tree else ''}{row['name']:<{width}}  {row['about']}".rstrip()))
    return "\n".join(lines)


def _entry(row: Row) -> str:
    from runner.check.value import shown

    value = row["value"] if isinstance(row["value"], str) else shown(row["value"])
    head = f"{row['key']}={value}" if value != "" else row["key"]
    first = _cut(f"{head:<32}  {row['type']}".rstrip())
    about = textwrap.wrap(row["about"], _columns() - 6, initial_indent="      ", subsequent_indent="      ")
    return "\n".join([first, *about])


def _cut(line: str) -> str:
    return line if len(line) <= _columns() else line[: _columns() - 3] + "..."


def _columns() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 80
