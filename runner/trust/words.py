"""Going on with a search that this user has not begun here: its words are a command, and not the user's own."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from runner.home import RECIPES
from runner.trust.foreign import Objection, of_address, of_links, of_target, refuse
from runner.trust.tree import interpolations

_TARGETS = re.compile(r"\+{0,2}(?P<key>[\w.]*_target_)=(?P<names>[\w.]+(,[\w.]+)*)")


def check_search(folder: Path, words: list[str], own: int = 0) -> None:
    """Look at a search from elsewhere before anything is done that its words ask for.

    Args:
        folder: Of the search.
        words: That would go on with it: as it says that it was started, and then the user's own.
        own: How many are the user's own.

    Raises:
        ValueError: They say what only the user may say; the message has the command, to be read and given.
    """
    command = shlex.join(["runner", *words])
    refuse(
        folder.name,
        [*of_links(folder), *of_words(words[: len(words) - own])],
        f"Read its command, and if you agree give it yourself: {command}",
    )


def of_words(words: list[str]) -> Iterator[Objection]:
    """Yield what the command of a search from elsewhere may not say.

    It may choose packaged parts and give values. It may name no file of parts and no flag, nothing of Hydra's own
    (whose launchers, sweepers and callbacks are targets, and one of whose flags loads a pickle), and nothing that
    computes; a target only as ``key._target_=name``, so that nothing has to be parsed to see it.
    """
    for word in words:
        key, equals, value = word.lstrip("+~").partition("=")
        if word in ("-m", "--multirun") or is_packaged_recipe(word):
            continue
        if word.startswith("-") or not (equals or word.startswith("~")):
            yield Objection(f"{word} in its command is a flag or a file")
        elif re.match(r"hydra\b", key) or not re.fullmatch(r"[\w./@]+", key):
            yield Objection(f"{word} in its command is for Hydra itself")
        elif list(interpolations(word)):
            yield Objection(f"{word} in its command computes")
        elif key == "sweep.storage":
            yield from of_address(key, value.strip("'\""))
        elif "_target_" in word:
            yield from _of_targets(word)


def _of_targets(word: str) -> Iterator[Objection]:
    """Yield what is wrong with the targets in an override."""
    found = _TARGETS.fullmatch(word)
    if found is None:
        yield Objection(f"{word} in its command hides a target")
        return
    for name in found["names"].split(","):
        yield from of_target(found["key"], name)


def is_packaged_recipe(word: str) -> bool:
    """Tell whether a word of a command is a recipe that came with the package."""
    return word.endswith((".yaml", ".yml")) and "=" not in word and Path(word).resolve().is_relative_to(RECIPES)
