"""The words of a training: groups, choices, keys and their values, in the light of the words before them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from runner.check.facts import GROUPS
from runner.completion.candidate import Candidate
from runner.completion.value import plain, values
from runner.vocabulary.key import Row, keys_of_part, keys_of_root
from runner.vocabulary.own import VARIABLE
from runner.vocabulary.part import about, choices, groups, search_path
from runner.vocabulary.recipe import recipe_file
from runner.vocabulary.sketch import sketch

SIGN = re.compile(r"~|\+{0,2}")


class Said:
    """What the words before say: a recipe, folders, choices."""

    def __init__(self, words: list[str]) -> None:
        recipes = [word for word in words if word.endswith((".yaml", ".yml")) and "=" not in word]
        self.recipe = recipe_file(recipes[0]) if recipes else None
        own = [after for flag, after in pairwise(words) if flag in ("--config-dir", "-cd")]
        own += [word.partition("=")[2] for word in words if word.startswith("--config-dir=")]
        own += [folder for folder in [os.environ.get(VARIABLE)] if folder]
        self.folders = search_path(self.recipe, Path(own[0]) if own else None)
        self.words = words

    @cached_property
    def composed(self) -> tuple[dict[str, object], dict[str, str]]:
        """The configuration as it is so far, and the choice of each group."""
        name = self.recipe.name if self.recipe else "config"
        tree, chosen = sketch(name, self.folders, {})
        given, added = self._given(set(chosen) | set(self.groups))
        if added:
            given["callback"] = ",".join([given.get("callback", chosen.get("callback", "")), *added])
        if given:
            tree, chosen = sketch(name, self.folders, given)
        for word in self.words:
            key, equals, value = word.lstrip("+").partition("=")
            node = tree.get(key.removesuffix("._target_"))
            if equals and key.endswith("._target_") and isinstance(node, dict):
                node["_target_"] = value
        return tree, chosen

    def _given(self, known: set[str]) -> tuple[dict[str, str], list[str]]:
        """Return the choices of the words, and the callbacks that are added; of several values the first."""
        given: dict[str, str] = {}
        added: list[str] = []
        for word in self.words:
            key, equals, value = word.partition("=")
            names = [name for name in value.strip("[]").split(",") if name]
            if equals and names and key.lstrip("+") in known:
                if key == "+callback":
                    added += names
                else:
                    given[key.lstrip("+")] = ",".join(names) if key == "callback" else names[0]
        return given, added

    @cached_property
    def groups(self) -> list[str]:
        """Every group that has choices."""
        return groups(self.folders)

    def rows(self, path: str) -> list[Row]:
        """Return the keys of one group, or those of the root for an empty one."""
        tree, _ = self.composed
        if not path:
            return list(keys_of_root(tree))
        node = tree.get(path)
        try:
            return list(keys_of_part(node, path)) if isinstance(node, dict) else []
        except ValueError:  # a target that is not there: the check will say so
            return []


def candidates(said: Said, current: str) -> Iterator[Candidate]:
    """Yield what the word of a training that is being typed may become."""
    match = SIGN.match(current)
    sign = match[0] if match else ""
    rest = current[len(sign) :]
    key, equals, value = rest.partition("=")
    if equals:
        yield from _values(said, f"{sign}{key}=", key, value)
    elif sign == "~":
        yield from (Candidate(f"~{one.word.rstrip('=.')}", one.about) for one in keys(said, rest))
    else:
        yield from (Candidate(sign + one.word, one.about) for one in keys(said, rest))


def _values(said: Said, head: str, key: str, value: str) -> Iterator[Candidate]:
    """Yield values; in a list, of a search or in brackets, for its last item."""
    cut = max(value.rfind(","), value.rfind("[")) + 1
    head, begun = head + value[:cut], value[cut:]
    group = key.partition("@")[0]
    if group in said.groups:
        for name, path in choices(group, said.folders).items():
            yield Candidate(head + name, about(path))
        return
    for row in said.rows(key.partition(".")[0] if "." in key else ""):
        if row.key == key and not row.nested:
            yield from (Candidate(head + one.word, one.about) for one in values(row, begun))


def keys(said: Said, typed: str) -> Iterator[Candidate]:
    """Yield groups and keys, one dot at a time."""
    group, dot, _ = typed.partition(".")
    if not dot:
        _, chosen = said.composed
        for name in dict.fromkeys([*said.groups, *(key for key in chosen if "@" in key)]):
            now = chosen.get(name)
            yield Candidate(f"{name}=", f"group; now {now}" if now else "group")
        for name in GROUPS:
            if name in said.groups and typed:
                yield Candidate(f"{name}.", f"keys of {name}")
    above = typed.rpartition(".")[0]
    depth = above.count(".") + 1 if above else 0
    seen = set()
    for row in said.rows(group if dot else ""):
        parts = row.key.split(".")
        if ".".join(parts[:depth]) != above or len(parts) <= depth:
            continue
        inside = len(parts) > depth + 1
        word = ".".join(parts[: depth + 1]) + ("." if inside or row.nested else "=")
        if word not in seen:
            seen.add(word)
            yield Candidate(word, "" if inside else _about(row))


def _about(row: Row) -> str:
    now = plain(row.value)
    return "; ".join(part for part in (f"now {now}" if now is not None else "", row.about) if part)
