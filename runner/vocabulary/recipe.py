"""Recipes: which file a path means."""

from __future__ import annotations

from pathlib import Path

from runner.home import RECIPES


def recipe_file(word: str) -> Path | None:
    """Return the file that a recipe's path means: from here, or of those that come with the package."""
    for path in (Path(word), RECIPES / word.removeprefix("recipes/")):
        if path.is_file():
            return path.resolve()
    return None
