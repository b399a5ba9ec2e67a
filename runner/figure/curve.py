"""Curves on paper: a learning rate over a run, and a loss over learning rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runner.figure.canvas import COOL, INK, LIGHT, WARM, paper, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_rate(path: Path, epochs: Sequence[float], rates: Sequence[float], *, title: str, unit: str) -> None:
    """Write the picture of a schedule.

    Args:
        path: Of the PNG.
        epochs: Where each rate is, in epochs done.
        rates: The rate there.
        title: Above the picture.
        unit: What a rate is, beside its axis.
    """
    figure = paper(6.4, 3.2)
    axes = figure.add_subplot()
    axes.plot(epochs, rates, color=COOL, linewidth=1.6)
    axes.set(title=title, xlabel="epochs", ylabel=unit, xlim=(0, epochs[-1]))
    axes.set_ylim(0, max(max(rates), 1e-12) * 1.06)
    _plain(axes)
    save(figure, path)


def draw_range(
    path: Path,
    rates: Sequence[float],
    losses: Sequence[float],
    smooth: list[float],
    *,
    marks: Mapping[str, float],
    title: str,
) -> None:
    """Write the picture of a range test.

    Args:
        path: Of the PNG.
        rates: Learning rate of each update.
        losses: Loss of each update.
        smooth: The same, smoothed.
        marks: Rates to point at, by name.
        title: Above the picture.
    """
    figure = paper(6.4, 3.6)
    axes = figure.add_subplot()
    axes.plot(rates, losses, color=LIGHT, linewidth=1, label="loss of a batch")
    axes.plot(rates, smooth, color=COOL, linewidth=1.8, label="smoothed")
    for (name, rate), style in zip(marks.items(), ("-", "--", ":"), strict=False):
        axes.axvline(rate, color=WARM, linestyle=style, linewidth=1.2, label=f"{name}: {rate:.1e}")
    fall = smooth.index(min(smooth)) + 1  # behind it the loss explodes
    low, high = min(losses[:fall]), max(smooth[:fall])
    room = max(high - low, 1e-12)
    axes.set(title=title, xlabel="learning rate", ylabel="loss", xscale="log")
    axes.set_ylim(low - 0.1 * room, high + 0.35 * room)
    axes.legend(frameon=False, fontsize=8, loc="lower left")
    _plain(axes)
    save(figure, path)


def _plain(axes: Axes) -> None:
    """Leave out what carries no information."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=LIGHT, linewidth=0.5)
    axes.tick_params(colors=INK, labelsize=8)
    axes.set_axisbelow(True)
    axes.title.set_fontsize(10)
