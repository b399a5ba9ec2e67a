"""Pictures as text: axes, points, lines and bars in SVG; the page's style sheet gives them their colours."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

Point = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """From values to shares of a length.

    Attributes:
        name: What stands beside it.
        low, high: Values at its ends; of words, positions.
        log: Whether equal ratios are equally long.
        words: What stands at 0, 1, 2 and so on, if its values are words.
        ticks: Values with a mark, and what stands there.
    """

    name: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    words: tuple[str, ...] = ()
    ticks: tuple[tuple[float, str], ...] = field(default=())

    def share(self, value: float | str) -> float:
        """Return where a value is, from 0 to 1; what lies beyond an end is put there."""
        number = float(self.words.index(str(value))) if self.words else float(value)
        low, high = self.low, self.high
        if self.log:
            low, high, number = math.log(low), math.log(high), math.log(max(number, low))
        return min(1.0, max(0.0, (number - low) / (high - low)))


def axis(name: str, values: Iterable[float], *, log: bool = False, far: bool = True, whole: bool = False) -> Axis:
    """Return an axis on which numbers fit.

    Args:
        name: What stands beside it.
        values: The numbers; those that are not finite are left out.
        log: Equal ratios are equally long; not if a value is not positive.
        whole: Only whole numbers have a mark.
        far: Let it reach to values that lie far from most: more than three times the distance of the quartiles.
    """
    found = sorted(value for value in values if math.isfinite(value))
    if not found:
        return Axis(name, ticks=((0.0, "0"), (1.0, "1")))
    if not far and len(found) > 4:
        first, third = found[len(found) // 4], found[(3 * len(found)) // 4]
        room = 3 * (third - first)
        found = [value for value in found if first - room <= value <= third + room]
    low, high = found[0], found[-1]
    log = log and low > 0
    if low == high:
        low, high = (low / 2, high * 2) if log else (low - (abs(low) or 1) * 0.05, high + (abs(high) or 1) * 0.05)
    marks = [mark for mark in (decades if log else steps)(low, high) if not whole or mark == round(mark)]
    return Axis(name, low, high, log, ticks=tuple((mark, f"{mark:.6g}") for mark in marks))


def words_axis(name: str, words: Iterable[str]) -> Axis:
    """Return an axis of words, in their order."""
    found = tuple(dict.fromkeys(words))
    ticks = tuple((float(index), word if len(word) <= 16 else f"{word[:15]}…") for index, word in enumerate(found))
    room = 0.5 if len(found) == 1 else 0.15
    return Axis(name, -room, len(found) - 1 + room, words=found, ticks=_thinned(ticks, 12))


def steps(low: float, high: float, count: int = 5) -> list[float]:
    """Return round numbers between two, about ``count`` of them."""
    rough = (high - low) / count
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * 0.999)
    return [step * index for index in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def decades(low: float, high: float) -> list[float]:
    """Return powers of ten between two positive numbers; with 2 and 5 times these if there are few."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 2, 5)):
        marks = [factor * 10.0**power for power in powers for factor in factors]
        inside = [mark for mark in marks if low * (1 - 1e-9) <= mark <= high * (1 + 1e-9)]
        if len(inside) > 2:
            break
    return inside if len(inside) >= 2 else [low, high]


def _thinned(ticks: tuple[tuple[float, str], ...], most: int) -> tuple[tuple[float, str], ...]:
    return ticks[:: -(-len(ticks) // most)] if ticks else ()


@dataclass(frozen=True)
class Frame:
    """A rectangle with two axes, in a picture of ``width`` x ``height``."""

    x: Axis
    y: Axis
    width: float = 720.0
    height: float = 300.0
    left: float = 64.0
    bottom: float = 42.0
    top: float = 10.0
    right: float = 14.0

    def at(self, x: float | str, y: float | str) -> Point:
        """Return where a pair of values is."""
        across = self.left + self.x.share(x) * (self.width - self.left - self.right)
        up = self.height - self.bottom - self.y.share(y) * (self.height - self.bottom - self.top)
        return across, up

    def axes(self) -> str:
        """Return the grid, the marks and the names of the axes."""
        base, end = self.height - self.bottom, self.width - self.right
        parts = []
        for value, text in self.y.ticks:
            up = self.at(self.x.words[0] if self.x.words else self.x.low, _back(self.y, value))[1]
            parts.append(line([(self.left, up), (end, up)], "grid"))
            parts.append(label(self.left - 6, up + 4, text, "end"))
        for value, text in self.x.ticks:
            across = self.at(_back(self.x, value), self.y.words[0] if self.y.words else self.y.low)[0]
            parts.append(line([(across, base), (across, base + 4)], "tick"))
            parts.append(label(across, base + 17, text, "middle"))
        parts.append(line([(self.left, base), (end, base)], "tick"))
        parts.append(label((self.left + end) / 2, self.height - 6, self.x.name, "middle", "name"))
        middle = (self.top + base) / 2
        turn = f' transform="rotate(-90 12 {middle:.1f})"'
        parts.append(label(12, middle, self.y.name, "middle", "name", turn))
        return "".join(parts)


def _back(axis: Axis, value: float) -> float | str:
    return axis.words[int(value)] if axis.words else value


def picture(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """Return a picture; its title is what a reader hears who does not see it."""
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(title)}">'
        + "".join(parts)
        + "</svg>"
    )


def line(points: Sequence[Point], kind: str, told: str = "", extra: str = "") -> str:
    """Return a line through points; ``told`` is shown when one points at it."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{kind}" points="{path}"{extra}>{_title(told)}</polyline>'


def dot(point: Point, kind: str, told: str = "", radius: float = 3.5) -> str:
    """Return a point."""
    return f'<circle class="{kind}" cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="{radius:g}">{_title(told)}</circle>'


def bar(x: float, y: float, width: float, height: float, kind: str, told: str = "") -> str:
    """Return a rectangle."""
    size = f'x="{x:.1f}" y="{y:.1f}" width="{max(1.0, width):.1f}" height="{height:.1f}"'
    return f'<rect class="{kind}" {size}>{_title(told)}</rect>'


def label(x: float, y: float, text: str, anchor: str = "start", kind: str = "", extra: str = "") -> str:
    """Return a piece of text."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}"{extra}>{escape(text)}</text>'


def _title(text: str) -> str:
    return f"<title>{escape(text)}</title>" if text else ""
