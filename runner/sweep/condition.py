"""Parameters that exist only where another one has a certain value: ``tag("model=cnn", choice(8,16))``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from runner.check.suggest import did_you_mean, nearest
from runner.sweep.choice import PAIRED, Choice
from runner.sweep.dimension import Dimension
from runner.sweep.draft import Draft, name_of
from runner.sweep.grammar import elements, meaning, numbers, reader, written


class Wrong(ValueError):
    """A condition cannot be understood; the message is for the user."""


@dataclass(frozen=True)
class Condition:
    """What a condition asks of a key.

    Attributes:
        text: As it was typed.
        name: Of the key.
        values: One of these, as texts.
    """

    text: str
    name: str
    values: tuple[str, ...]

    def holds(self, value: str) -> bool:
        """Tell whether a value, as text, is one of those."""
        return meaning(value) in map(meaning, self.values)


def read_condition(text: str, loader: ConfigLoaderImpl | None) -> Condition:
    """Return what a condition asks for.

    Raises:
        Wrong: It is not of the form ``key=value`` or ``key=value,value``.
    """
    try:
        override = reader(loader).parse_overrides([text])[0]
        if not name_of(override) or override.is_interval_sweep() or override.is_delete():
            raise ValueError
        if override.is_range_sweep():
            values = tuple(map(str, numbers(override._value)))  # type: ignore[arg-type]
        elif override.is_choice_sweep():
            values = tuple(elements(override))
        else:
            values = (written(override._value),)
    except (HydraException, ValueError):
        raise Wrong(f'the condition "{text}" cannot be read: write "key=value", or "key=value,value"') from None
    return Condition(text, name_of(override), values)


def link(
    drafts: Sequence[Draft], given: Mapping[str, Override], named: Collection[str], loader: ConfigLoaderImpl | None
) -> tuple[list[Dimension], list[tuple[Draft, str]]]:
    """Return the dimensions with their conditions, and what is wrong with some of them.

    A condition on a key that the command fixes is decided here: what does not hold is not searched at all.

    Args:
        drafts: In the order of the command.
        given: What the command fixes, by name.
        named: Everything else that somebody wanted to search; what is wrong with it has been said already.
        loader: Hydra's.
    """
    wrong: list[tuple[Draft, str]] = []
    linked: list[Draft] = []
    parents = {entry.name: draft.dimension for draft in drafts for entry in draft.entries}
    never: set[str] = set()
    for draft in drafts:
        when: dict[str, frozenset[str]] = {}
        for text in dict.fromkeys(draft.conditions):
            try:
                condition = read_condition(text, loader)
                if condition.name in given and condition.name not in parents:
                    if not _is_given(condition, given[condition.name]):
                        never.add(draft.dimension.name)
                elif condition.name in parents:
                    parent = parents[condition.name]
                    values = _values(condition, parent)
                    when[parent.name] = when.get(parent.name, values) & values
                    if not when[parent.name]:
                        raise Wrong(f"its conditions on {condition.name} exclude each other")
                elif condition.name not in named:
                    others = {name for name in parents if parents[name] is not draft.dimension}
                    raise Wrong(_not_searched(condition, others))
            except Wrong as error:
                wrong.append((draft, f"{draft.dimension.name}: {error}"))
        linked.append(replace(draft, dimension=replace(draft.dimension, when=when)))
    dimensions = [draft.dimension for draft in linked]
    circular = {name for dimension in dimensions for name in _way_back(dimension, dimensions)}
    if circular:
        first = next(draft for draft in linked if draft.dimension.name in circular)
        path = [*_way_back(first.dimension, dimensions), first.dimension.name]
        wrong.append((first, f"conditions in a circle: {' on '.join(path)}: none of them could come first"))
        dimensions = [replace(d, when={}) if d.name in circular else d for d in dimensions]
    return list(_possible(dimensions, never)), wrong


def _is_given(condition: Condition, override: Override) -> bool:
    return not override.is_delete() and condition.holds(written(override._value))


def _not_searched(condition: Condition, others: Collection[str]) -> str:
    near = nearest(condition.name, others)
    hint = f"did you mean {near}?" if near else "search it too, or leave the condition out"
    return f'the condition "{condition.text}" is on {condition.name}, which is not searched: {hint}'


def _values(condition: Condition, parent: Dimension) -> frozenset[str]:
    """Return the values of a choice in which a condition holds."""
    if not isinstance(parent, Choice):
        raise Wrong(f'the condition "{condition.text}" is on {parent.body()}: it has to be on a list or a choice')
    names = [key.lstrip("+") for key in parent.keys]
    column = names.index(condition.name)
    there = {row[column]: None for row in parent.rows}
    for value in condition.values:
        if meaning(value) not in map(meaning, there):
            raise Wrong(
                f'the condition "{condition.text}" never holds: {condition.name}={value} is not'
                f" searched{did_you_mean(value, there)}"
            )
    return frozenset(PAIRED.join(row) for row in parent.rows if condition.holds(row[column]))


def _way_back(dimension: Dimension, dimensions: Sequence[Dimension]) -> list[str]:
    """Return a way from a dimension over conditions back to it, as names, if there is one."""
    parents = {other.name: tuple(other.when) for other in dimensions}
    ways = [[dimension.name]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for parent in parents[way[-1]]:
            if parent == dimension.name:
                return way
            if parent not in seen:
                seen.add(parent)
                ways.append([*way, parent])
    return []


def _possible(dimensions: Sequence[Dimension], never: set[str]) -> Iterator[Dimension]:
    """Yield the dimensions without those that are never active, and without those that depend on them."""
    found = set(never)
    while more := {d.name for d in dimensions if d.name not in found and found & set(d.when)}:
        found |= more
    yield from (dimension for dimension in dimensions if dimension.name not in found)
