"""Where the time of runs went."""

from __future__ import annotations

from collections.abc import Mapping

from runner.page.svg import bar, label, picture
from runner.report.curves import COLOURS
from runner.sweep.table import duration

SHADES = 4


def timing(spent: Mapping[str, Mapping[str, float]]) -> str:
    """Return a bar for each run, of the parts of its time, the largest first.

    Args:
        spent: Seconds by part, by the name of the run.
    """
    spent = {run: {k: v for k, v in parts.items() if k != "total" and v > 0} for run, parts in spent.items()}
    spent = {run: parts for run, parts in spent.items() if parts}
    longest = max((sum(parts.values()) for parts in spent.values()), default=0.0)
    if not longest:
        return ""
    width, step = 720.0, 46.0
    drawn, words = [], []
    for row, (run, parts) in enumerate(spent.items()):
        x, y, total = 0.0, 4 + step * row, sum(parts.values())
        drawn.append(label(0, y + 11, f"{run}: {duration(total)}"))
        ranked = sorted(parts.items(), key=lambda item: -item[1])
        for place, (name, seconds) in enumerate(ranked):
            size = seconds / longest * width
            told = f"{name} {duration(seconds)}, {seconds / total:.0%}"
            drawn.append(bar(x, y + 17, size, 16, f"run s{row % COLOURS} shade{place % SHADES}", told))
            if size > 9 * len(name):
                drawn.append(label(x + 4, y + 29, name, kind="halo"))
            x += size
        words.append(f"{run}: " + ", ".join(f"{name} {seconds / total:.0%}" for name, seconds in ranked[:3]))
    return picture(width, step * len(spent) + 4, f"where the time went; {'; '.join(words)}", drawn)
