"""Whether somebody looks at what is printed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def redraws(console: Console) -> bool:
    """Tell whether lines may be drawn over: on a terminal, but not in a pipe, a log of CI or the cell of a notebook.

    Those keep every character. ``FORCE_COLOR``, which notebooks and CI set, asks for colours and nothing else; a
    command in a notebook (``!runner``) is given a terminal that nobody looks at, and is known by its kernel's variable.
    """
    if os.environ.get("CI") or os.environ.get("JPY_PARENT_PID"):
        return False
    return console.is_terminal and not console.is_dumb_terminal and console.file.isatty()
