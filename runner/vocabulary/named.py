"""The file that a word means: a recipe's path, or ``group=choice``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from runner.check.suggest import did_you_mean
from runner.home import all_recipes
from runner.vocabulary.own import no_choice, own_parts
from runner.vocabulary.part import YAML, choices, groups, search_path
from runner.vocabulary.recipe import recipe_file


@dataclass(frozen=True)
class Named:
    """A recipe, or a part.

    Attributes:
        name: As it is typed.
        path: Its file.
        group: Of a part; empty for a recipe.
    """

    name: str
    path: Path
    group: str = ""


def named(word: str, config_dir: str | None = None) -> Named:
    """Return what a word means.

    Args:
        word: A recipe's path, or a group=choice.
        config_dir: A folder of the user's own groups.

    Raises:
        ValueError: There is no such thing; the message says what is near.
    """
    own = own_parts(config_dir)
    group, equals, choice = word.partition("=")
    if not equals:
        path = recipe_file(word)
        if path is not None and path.suffix in YAML:
            return Named(word, path)
        if path is None and not word.endswith(YAML) and word in groups():
            raise ValueError(f"{word} is a group: name a choice, as {word}={next(iter(choices(word)))}")
        raise ValueError(f"no recipe {word}{did_you_mean(word, all_recipes())}")
    folders = search_path(config_dir=own)
    known = groups(folders)
    if group not in known:
        raise ValueError(f"no group {group}{did_you_mean(group, known)}")
    there = choices(group, folders)
    if choice not in there:
        raise ValueError(no_choice(group, choice, there))
    return Named(word, there[choice], group)
