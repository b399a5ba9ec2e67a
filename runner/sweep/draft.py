"""What an override or an entry of ``sweep.space`` searches, by itself: before its conditions are looked up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep

from runner.check.suggest import nearest
from runner.sweep.choice import Choice
from runner.sweep.dimension import Dimension
from runner.sweep.grammar import elements, numbers
from runner.sweep.interval import Interval
from runner.sweep.range import Range


@dataclass(frozen=True)
class Entry:
    """Something to search, as it was asked for.

    Attributes:
        name: Of the key, without a prefix.
        override: As ``grammar.reader`` read it.
        place: Where it was said: the override, or ``sweep.space``.
        key: Of the configuration, if it was said there.
    """

    name: str
    override: Override
    place: str
    key: str = ""


@dataclass(frozen=True)
class Draft:
    """A dimension whose conditions are still words.

    Attributes:
        dimension: Without conditions.
        entries: What it was made of: one, or several in pairs.
        conditions: ``key=values``.
    """

    dimension: Dimension
    entries: tuple[Entry, ...]
    conditions: tuple[str, ...] = ()


@dataclass
class Tags:
    """The tags of an entry, by kind."""

    log: bool = False
    points: list[int] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def name_of(override: Override) -> str:
    """Return what an override is about, without the prefix: ``optimizer.lr``, ``dataset@dataset.images``."""
    return override.key_or_group + (f"@{override.package}" if override.package else "")


def read_tags(words: set[str]) -> Tags:
    """Sort tags: ``log``, ``gridN``, and conditions, which have an equals sign."""
    tags = Tags()
    for word in sorted(words):
        if word == "log":
            tags.log = True
        elif "=" in word:
            tags.conditions.append(word)
        elif count := re.fullmatch(r"grid([1-9]\d*)", word):
            tags.points.append(int(count[1]))
        else:
            tags.unknown.append(word)
    return tags


def read_entry(entry: Entry, seed: int) -> tuple[Draft | None, list[str]]:
    """Return what an entry searches, or what is wrong with it.

    Args:
        entry: Of a list, a range or an interval.
        seed: Of the search, for orders that are shuffled.
    """
    value: Any = entry.override._value
    tags = read_tags(getattr(value, "tags", set()))
    wrong = list(_wrong(entry.override, value, tags))
    if wrong:
        return None, [f"{entry.name}: {text}" for text in wrong]
    try:
        dimension = _dimension(entry, value, tags, seed if getattr(value, "shuffle", False) else None)
    except ValueError as error:
        return None, [f"{entry.name}={entry.override.get_value_string()}: {error}"]
    return Draft(dimension, (entry,), tuple(tags.conditions)), []


def _dimension(entry: Entry, value: Any, tags: Tags, seed: int | None) -> Dimension:
    keys = (entry.override.get_key_element(),)
    if isinstance(value, IntervalSweep):
        assert value.start is not None
        assert value.end is not None
        return Interval(entry.name, keys, value.start, value.end, tags.log, next(iter(tags.points), None))
    if isinstance(value, RangeSweep):
        return Range(entry.name, keys, numbers(value), value.step, tags.log, seed)
    return Choice(entry.name, keys, tuple((text,) for text in elements(entry.override)), seed)


def _wrong(override: Override, value: Any, tags: Tags) -> Iterator[str]:
    """Yield what is wrong with the tags of an entry, and with its bounds."""
    for word in tags.unknown:
        near = nearest(word, ["log", "grid5"])
        hint = f"did you mean {near}? " if near else ""
        yield f'unknown tag {word}: {hint}A tag is log, gridN (for N points), or a condition in quotes: "model=cnn"'
    if len(tags.points) > 1:
        yield f"it has several numbers of grid points: {', '.join(f'grid{count}' for count in tags.points)}"
    if isinstance(value, IntervalSweep):
        yield from _wrong_interval(override.get_value_string(), value, tags)
        return
    if tags.points:
        yield f"grid{tags.points[0]} is for an interval: this one has values of its own"
    if tags.log and not isinstance(value, RangeSweep):
        yield "log is for an interval or a range: a list has no order"
    elif tags.log:
        try:
            found = numbers(value)
        except ValueError:
            return
        if not isinstance(found, range) or abs(found.step) != 1 or min(found) < 1:
            yield (
                f"log is for an interval, or for a range of whole numbers >= 1 without gaps, got"
                f" {override.get_value_string()}"
            )


def _wrong_interval(text: str, value: IntervalSweep, tags: Tags) -> Iterator[str]:
    low, high = value.start, value.end
    assert low is not None
    assert high is not None
    if not (isfinite(low) and isfinite(high)):
        yield f"an interval ends somewhere, got {text}"
    elif low >= high:
        yield f"an interval goes from a lower to a higher number, got {text}" + (
            f", which is {low} to {high}" if isinstance(low, int) else ""
        )
    elif tags.log and low <= 0:
        yield f"log needs both ends > 0, got {text}"
    if tags.points[:1] == [1]:
        yield "the grid of an interval has both its ends: grid2 or more"
