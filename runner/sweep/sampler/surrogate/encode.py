"""The searched space as an array: a row for a point, a place between 0 and 1 for each parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from runner.sweep.sampler.surrogate.axis import Array, Axis, axis

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

    from runner.sweep.space import Space

Mask = NDArray[np.bool_]


class Encoder:
    """Between the values of parameters and the rows of arrays.

    Parameters with a single value take no part. Which parameters are active at a point is the space's to say; without
    a space all of them are.
    """

    def __init__(self, distributions: Mapping[str, BaseDistribution], space: Space | None = None) -> None:
        """Read the distributions.

        Args:
            distributions: Of every parameter, by name.
            space: Says which parameters depend on which, if any do.
        """
        self.axes: dict[str, Axis] = {
            name: axis(distribution) for name, distribution in distributions.items() if not distribution.single()
        }
        self._space = space if space is not None and any(dimension.when for dimension in space.dimensions) else None
        self._single = {
            name: axis_value(distribution) for name, distribution in distributions.items() if distribution.single()
        }
        self.continuous = np.array([item.continuous for item in self.axes.values()], dtype=bool)
        self.owner = np.repeat(np.arange(len(self.axes)), [item.columns for item in self.axes.values()])
        """Which parameter each column of ``features`` belongs to."""
        self._active: dict[tuple[float, ...], Mask] = {}

    def row(self, params: Mapping[str, Any]) -> Array | None:
        """Return the row of a trial's parameters, or None where they are not, or not yet, a point of this space."""
        row = np.full(len(self.axes), 0.5)
        for place, (name, item) in enumerate(self.axes.items()):
            if name in params:
                unit = item.unit(params[name])
                if unit is None:
                    return None
                row[place] = unit
        missing = [place for place, name in enumerate(self.axes) if name not in params]
        return None if missing and self.active(row[None])[0, missing].any() else row

    def params(self, row: Array) -> dict[str, Any]:
        """Return the values of the parameters that are active at a point."""
        active = self.active(row[None])[0]
        return {
            name: item.value(float(unit))
            for (name, item), unit, needed in zip(self.axes.items(), row, active, strict=True)
            if needed
        }

    def snap(self, units: Array) -> Array:
        """Return rows that stand for one point each: inactive parameters are put in the middle."""
        snapped = np.column_stack([item.snap(units[:, place]) for place, item in enumerate(self.axes.values())])
        return np.where(self.active(snapped), snapped, 0.5)

    def active(self, units: Array) -> Mask:
        """Return which parameters are active in each row of snapped places."""
        if self._space is None or not len(units):
            return np.ones(units.shape, dtype=bool)
        parents = {name for dimension in self._space.dimensions for name in dimension.when}
        places = [place for place, name in enumerate(self.axes) if name in parents]
        different, of_row = np.unique(units[:, places], axis=0, return_inverse=True)
        first = [int(np.argmax(of_row == index)) for index in range(len(different))]
        masks = [self._mask(tuple(key), units[row]) for key, row in zip(different.tolist(), first, strict=True)]
        return np.asarray(masks)[of_row]

    def _mask(self, key: tuple[float, ...], row: Array) -> Mask:
        """Return which parameters are active in a row, by the places of those that others depend on."""
        if key not in self._active:
            assert self._space is not None
            values = {name: item.value(float(unit)) for (name, item), unit in zip(self.axes.items(), row, strict=True)}
            names = {dimension.name for dimension in self._space.active({**self._single, **values})}
            self._active[key] = np.array([name in names for name in self.axes])
        return self._active[key]

    def features(self, units: Array, absent: float) -> Array:
        """Return the columns that a model sees.

        Args:
            units: Snapped rows.
            absent: What stands in the columns of an inactive parameter.
        """
        active = self.active(units)
        blocks = [
            np.where(active[:, place, None], item.features(units[:, place]), absent)
            for place, item in enumerate(self.axes.values())
        ]
        return np.concatenate(blocks, axis=1)


def axis_value(distribution: BaseDistribution) -> Any:
    """Return the only value of a distribution."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[0]
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    return distribution.low
