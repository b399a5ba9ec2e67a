"""A recipe in one file that can lie anywhere: what it inherits from its neighbours is written into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from runner.vocabulary.part import file_of
from runner.vocabulary.sketch import Tree, merge, read

WIDTH = 100


class Entangled(ValueError):
    """Its defaults list does more than inherit and override: it cannot be told in one file."""


def standalone(path: Path, name: str) -> str:
    """Return the text of a recipe that means the same from any folder.

    Args:
        path: The recipe.
        name: What it is called in the comment that the copy opens with, if it is not the same text.

    Raises:
        Entangled: It has to stay beside its neighbours.
    """
    text = path.read_text(encoding="utf-8")
    if not _neighbours(path):
        return text
    parents, overrides, body = _flat(path, 0)
    defaults: list[Any] = [*parents, *({f"override {key}": value} for key, value in overrides.items()), "_self_"]
    content = yaml.safe_dump({"defaults": defaults}, sort_keys=False, width=WIDTH)
    content += "\n" + yaml.safe_dump(body, sort_keys=False, default_flow_style=None, width=WIDTH, allow_unicode=True)
    return f"# {name} and what it inherits, in one file; it says:\n{_head(text)}{content}"


def _neighbours(path: Path) -> list[Path]:
    """Return the files beside a recipe that it inherits."""
    listed = read(path)[0].get("defaults")
    names = [item for item in listed if isinstance(item, str) and item != "_self_"] if isinstance(listed, list) else []
    return [file for name in names if (file := file_of(name.lstrip("/"), (path.parent,)))]


def _flat(path: Path, depth: int) -> tuple[list[Any], dict[str, Any], Tree]:
    """Return what is inherited from elsewhere, the overrides of choices, and the rest, parents below children."""
    content = read(path)[0]
    listed = content.pop("defaults", None) or []
    parents: list[Any] = []
    overrides: dict[str, Any] = {}
    body: Tree = {}
    if depth > 20 or listed[-1:] not in ([], ["_self_"]):
        raise Entangled(f"{path.name} is not the last word of its defaults list: copy its whole folder")
    for item in listed[:-1]:
        inherited = file_of(item.lstrip("/"), (path.parent,)) if isinstance(item, str) else None
        if inherited is not None:
            above, chosen, rest = _flat(inherited, depth + 1)
            parents += above
            overrides |= chosen
            merge(body, rest)
        elif isinstance(item, str):
            parents.append(item)
        elif isinstance(item, dict) and all(str(key).startswith("override ") for key in item):
            overrides |= {f"/{str(key).split()[-1].lstrip('/')}": value for key, value in item.items()}
        else:
            raise Entangled(f"{path.name} has {item} in its defaults list: copy its whole folder")
    merge(body, content)
    return parents, overrides, body


def _head(text: str) -> str:
    """Return the comment that a file opens with."""
    lines = text.splitlines(keepends=True)
    end = next((index for index, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "".join(lines[:end])
