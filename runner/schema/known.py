"""What stands where: the targets that the choices of every group name, by the key that they stand at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner.home import CONF
from runner.vocabulary.part import choices, groups
from runner.vocabulary.sketch import read, sketch


@dataclass
class Known:
    """The vocabulary, as far as files say it.

    Attributes:
        targets: By key, ``dataset.augment``; in the order in which they were found.
        chosen: The target of each choice, by ``group=choice``; none for one that goes to the root.
        names: The choices of each group.
        same: Keys that hold a part of another group: ``dataset.images`` one of ``dataset``.
        rooted: Groups of which a choice goes to the root.
    """

    targets: dict[str, list[str]] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    rooted: list[str] = field(default_factory=list)

    def nested(self, key: str) -> list[str]:
        """Return the names below a key under which there are parts."""
        depth = key.count(".") + 1
        found = [*self.targets, *self.same]
        names = (name.split(".")[depth] for name in found if name.startswith(f"{key}.") and name.count(".") >= depth)
        return list(dict.fromkeys(names))


def known(folders: tuple[Path, ...] = (CONF,)) -> Known:
    """Look at every choice of every group."""
    found = Known()
    for group in groups(folders):
        found.names[group] = list(choices(group, folders))
        for choice, path in choices(group, folders).items():
            header = read(path)[1]
            if header is not None and not header.removeprefix("_global_").lstrip("."):
                found.rooted = list(dict.fromkeys([*found.rooted, group]))
            tree, made = sketch("config", folders, {group: choice})
            for key in made:
                name, at, place = key.partition("@")
                if at and place != name:
                    found.same[place] = name.replace("/", ".")
            _add(found, tree, group, choice)
    for key in list(found.targets):  # what is inside a part of another group is described there
        if any(key == place or key.startswith(f"{place}.") for place in found.same):
            del found.targets[key]
    return found


def _add(found: Known, tree: Mapping[str, Any], group: str, choice: str) -> None:
    node: Any = tree
    for part in group.split("/"):
        node = node.get(part) if isinstance(node, Mapping) else None
    if isinstance(node, Mapping) and isinstance(node.get("_target_"), str):
        found.chosen[f"{group}={choice}"] = node["_target_"]
    _walk(found, node, group.replace("/", "."))


def _walk(found: Known, node: Any, key: str) -> None:
    if not isinstance(node, Mapping):
        return
    target = node.get("_target_")
    if isinstance(target, str):
        there = found.targets.setdefault(key, [])
        if target not in there:
            there.append(target)
    for name, inner in node.items():
        _walk(found, inner, f"{key}.{name}")
