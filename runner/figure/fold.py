"""Text folded to the width of the terminal, or to 80 columns where nobody says how wide it is. Nothing is cut."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence


def columns() -> int:
    """Return how many characters a line may have."""
    return max(shutil.get_terminal_size().columns, 20) if is_known() else 80


def is_known() -> bool:
    """Tell whether somebody says how wide a line is: a terminal, or ``COLUMNS``."""
    return sys.stdout.isatty() or bool(os.environ.get("COLUMNS"))


def fold(text: str, first: str = "", rest: str = "", width: int | None = None) -> list[str]:
    """Return lines of a text; a word that is longer than a line, like a path, stays whole.

    Args:
        text: Its line breaks are spaces.
        first: What the first line begins with.
        rest: What the others begin with.
        width: Of a line; None: the terminal's.
    """
    return fold_words(text.split(), first, rest, width)


def fold_words(words: Sequence[str], first: str = "", rest: str = "", width: int | None = None) -> list[str]:
    """Return lines of words, each of which stays whole, blanks in it included; see ``fold``."""
    room, lines, line = width or columns(), list[str](), first
    for index, word in enumerate(words):
        gap = "" if index == 0 or line == rest else " "
        if index and line != rest and len(line) + len(gap) + len(word) > room:
            lines.append(line)
            line, gap = rest, ""
        line += gap + word
    return [*lines, line.rstrip()]


def beside(cells: Sequence[str], indent: int = 0, width: int | None = None) -> list[str]:
    """Return the cells of a row beside each other; those for which there is no room go on below, under each other."""
    room, lines = width or columns(), [""]
    for cell in cells:
        if lines[-1].strip() and len(lines[-1]) + len(cell) > room:
            lines.append(" " * indent)
        lines[-1] += cell
    return lines
