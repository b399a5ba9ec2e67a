"""Text folded to the width of the terminal, or to 80 columns where nobody says how wide it is. Nothing is cut."""

from __future__ import annotations

import shutil
import sys
import textwrap


def columns() -> int:
    """Return how many characters a line may have."""
    return max(shutil.get_terminal_size().columns, 20) if sys.stdout.isatty() else 80


def fold(text: str, first: str = "", rest: str = "", width: int | None = None) -> list[str]:
    """Return lines of a text; a word that is longer than a line, like a path, stays whole.

    Args:
        text: Its line breaks are spaces.
        first: What the first line begins with.
        rest: What the others begin with.
        width: Of a line; None: the terminal's.
    """
    lines = textwrap.wrap(
        " ".join(text.split()),
        width or columns(),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [first.rstrip()]
