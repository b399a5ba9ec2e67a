"""The candidate that a model rates highest: all over the space first, then around the best of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from runner.sweep.sampler.surrogate.axis import Array, Steps
from runner.sweep.sampler.surrogate.design import sobol

if TYPE_CHECKING:
    from runner.sweep.sampler.surrogate.encode import Encoder
    from runner.sweep.sampler.surrogate.history import History

SPREAD = 512
"""Candidates all over the space."""
STEPS = (0.2, 0.05, 0.01)
"""How far the neighbours of a candidate lie along a continuous parameter: deviations, in shares of its range."""
LEVELS = 16
"""Values of a discrete parameter that are tried at once."""
STARTS = 5
"""Candidates that are improved."""
APART = 0.1
"""How far they lie apart, in some parameter."""
ROUNDS = 3
"""How often each moves to its best neighbour."""
NEAR = 1e-4
"""Two points that differ by less in every parameter are the same."""

Rate = Callable[[Array], Array]
"""Returns a number for each of many snapped rows: more is better."""
Climb = Callable[[Array], Array]
"""Returns a better row near a row, with other places of continuous parameters only."""


def propose(
    encoder: Encoder, rate: Rate, climb: Climb | None, history: History, generator: np.random.Generator
) -> Array:
    """Return the row to try next: not one that was tried, unless there is no other.

    Args:
        encoder: Of the space.
        rate: The model's opinion.
        climb: If the model has slopes.
        history: What was tried; the candidates include the best of it and its neighbours.
        generator: Of random numbers.
    """
    spread = sobol(SPREAD, len(encoder.axes), int(generator.integers(2**31)))
    best = history.units[np.argsort(-history.scores, kind="stable")[:STARTS]]
    around = [_neighbours(row, encoder, generator) for row in best]
    pool = encoder.snap(np.concatenate([spread, _to_ends(spread[: SPREAD // 4], encoder, generator), *around]))
    visited, ratings = [pool], [rate(pool)]
    rows, rated = _starts(pool, ratings[0])
    for _ in range(ROUNDS):
        blocks = [encoder.snap(_neighbours(row, encoder, generator)) for row in rows]
        visited.append(np.concatenate(blocks))
        ratings.append(rate(visited[-1]))
        rows, rated = _better(rows, rated, blocks, ratings[-1])
    if climb is not None and encoder.continuous.any():
        visited.append(encoder.snap(np.stack([climb(row) for row in rows])))
        ratings.append(rate(visited[-1]))
    order = np.argsort(-np.concatenate(ratings), kind="stable")
    return first_new(np.concatenate(visited)[order], history)


def _to_ends(rows: Array, encoder: Encoder, generator: np.random.Generator) -> Array:
    """Return rows with some of their continuous places moved to an end: corners of a box are rarely hit by chance."""
    moved = (generator.random(rows.shape) < 0.5) & encoder.continuous
    return np.where(moved, np.round(rows), rows)


def _neighbours(row: Array, encoder: Encoder, generator: np.random.Generator) -> Array:
    """Return rows that differ from one in a single parameter, and some that differ in all continuous ones."""
    found = []
    for place, item in enumerate(encoder.axes.values()):
        if isinstance(item, Steps):
            places = item.levels()
            if len(places) > LEVELS:
                places = generator.choice(places, LEVELS, replace=False)
        else:
            places = np.clip(row[place] + np.array(STEPS * 2) * generator.standard_normal(2 * len(STEPS)), 0, 1)
        block = np.repeat(row[None], len(places), axis=0)
        block[:, place] = places
        found.append(block)
    for step in STEPS:
        moves = step * generator.standard_normal((4, len(row))) * encoder.continuous
        found.append(np.clip(row + moves, 0, 1))
    return np.concatenate(found)


def _starts(pool: Array, ratings: Array) -> tuple[Array, Array]:
    """Return the best rows that lie apart, and their ratings."""
    chosen: list[int] = []
    for index in np.argsort(-ratings, kind="stable").tolist():
        if all(np.abs(pool[index] - pool[other]).max() > APART for other in chosen):
            chosen.append(index)
            if len(chosen) == STARTS:
                break
    return pool[chosen], ratings[chosen]


def _better(rows: Array, rated: Array, blocks: list[Array], ratings: Array) -> tuple[Array, Array]:
    """Return each row or the best of its block, whichever is rated higher, and how high."""
    found, ends = [], np.cumsum([len(block) for block in blocks])
    for row, own, block, part in zip(rows, rated, blocks, np.split(ratings, ends[:-1]), strict=True):
        best = int(part.argmax())
        found.append((block[best], part[best]) if part[best] > own else (row, own))
    return np.stack([row for row, _ in found]), np.array([value for _, value in found])


def first_new(rows: Array, history: History) -> Array:
    """Return the first row that is not among those tried, or else the first one."""
    tried = np.concatenate([history.units, history.pending])
    for row in rows:
        if not (np.abs(tried - row) < NEAR).all(axis=1).any():
            return np.asarray(row)
    return np.asarray(rows[0])
