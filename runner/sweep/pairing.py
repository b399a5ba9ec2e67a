"""Keys whose values go in pairs, first with first: ``sweep.zip=[[optimizer.lr,optimizer.weight_decay]]``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from runner.check.suggest import did_you_mean
from runner.sweep.choice import PAIRED, Choice
from runner.sweep.dimension import Dimension, shuffled
from runner.sweep.draft import Draft


def pair(
    drafts: Sequence[Draft], groups: Sequence[Sequence[str]], fixed: Collection[str], named: Collection[str]
) -> tuple[list[Draft], list[str]]:
    """Return the drafts, with one in place of those that are paired, and what is wrong with the pairs.

    Args:
        drafts: In the order of the command.
        groups: Of names that belong together.
        fixed: Names that the command gives one value: they leave their pairs.
        named: Everything else that somebody wanted to search; what is wrong with it has been said already.
    """
    by_name = {draft.dimension.name: draft for draft in drafts}
    partner: dict[str, tuple[str, ...]] = {}
    wrong: list[str] = []
    for group in groups:
        names = tuple(str(name).lstrip("+") for name in group)
        found = _wrong(names, by_name, partner, {*fixed, *named})
        there = tuple(name for name in dict.fromkeys(names) if name in by_name)
        if found:
            wrong += found
        elif len(there) > 1:
            partner |= dict.fromkeys(there, there)
    pairs: list[Draft] = []
    for draft in drafts:
        group_of = partner.get(draft.dimension.name, ())
        if not group_of:
            pairs.append(draft)
        elif group_of[0] == draft.dimension.name:
            pairs.append(_together([by_name[name] for name in group_of]))
    return pairs, wrong


def _wrong(
    names: Sequence[str], by_name: Mapping[str, Draft], partner: Mapping[str, tuple[str, ...]], known: Collection[str]
) -> list[str]:
    """Return what is wrong with one group of names."""
    listed = f"[{','.join(names)}]"
    if len(set(names)) < 2:
        return [f"sweep.zip: {listed} pairs nothing: name two keys that are searched, or more"]
    found = [
        f"sweep.zip: {name} is not searched{did_you_mean(name, by_name)}"
        for name in names
        if name not in by_name and name not in known
    ]
    there = [name for name in dict.fromkeys(names) if name in by_name]
    found += [f"sweep.zip: {name} is in two lists of pairs" for name in there if name in partner]
    found += [
        f"sweep.zip: {name} is an interval, which has no first value: give a list, or a tag grid5"
        for name in there
        if not by_name[name].dimension.is_finite
    ]
    if found:
        return found
    lengths = {name: len(_column(by_name[name].dimension)) for name in there}
    if len(set(lengths.values())) > 1:
        words = " and ".join(f"{name} {count}" for name, count in lengths.items())
        return [f"sweep.zip: {listed} has lists of different lengths: {words}"]
    return []


def _together(drafts: Sequence[Draft]) -> Draft:
    """Return one choice of the values of several, first with first."""
    dimensions = [draft.dimension for draft in drafts]
    return Draft(
        Choice(
            PAIRED.join(dimension.name for dimension in dimensions),
            tuple(key for dimension in dimensions for key in dimension.keys),
            tuple(zip(*map(_column, dimensions), strict=True)),
        ),
        tuple(entry for draft in drafts for entry in draft.entries),
        tuple(text for draft in drafts for text in draft.conditions),
    )


def _column(dimension: Dimension) -> list[str]:
    """Return the texts of a dimension in its order; in a pair a value may be there twice."""
    if isinstance(dimension, Choice):
        return [row[0] for row in shuffled(dimension.rows, dimension.seed, dimension.name)]
    return [dimension.texts(value)[0] for value in dimension.grid()]
