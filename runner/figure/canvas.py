"""A sheet of paper, and the file that it becomes."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from runner.durable import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, LIGHT, WARM, COOL = "#222222", "#d0d0d0", "#c8553d", "#2f6690"
"""Text and axes, grid, and two lines that are told apart in grey too."""


def paper(width: float, height: float) -> Figure:
    """Return an empty figure that needs no display, without the global state of pyplot.

    Args:
        width, height: In inches.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a PNG, whole or not at all; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # of another script: a box stands for it
        write_whole(path, lambda file: figure.savefig(file, format="png"))


def file_name(*words: str) -> str:
    """Return words as a file name: letters, digits and dashes."""
    text = "-".join(words)
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in text).strip("-").lower() or "picture"
