"""A random forest that knows how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from runner.sweep.sampler.surrogate.axis import Array


@dataclass(frozen=True)
class Forest:
    """Trees, each fitted to a sample of the observations that is drawn with replacement.

    Attributes:
        trees: scikit-learn's.
    """

    trees: list[Any]

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Return mean and deviation at rows: trees differ from one another, and so do the observations in one leaf.

        Source: Hutter, Xu, Hoos, Leyton-Brown, "Algorithm Runtime Prediction", Artificial Intelligence 206, 2014,
        arXiv 1211.0906, section 4.3: the law of total variance.
        """
        rows = np.ascontiguousarray(x, dtype=np.float32)
        leaves = [tree.apply(rows) for tree in self.trees]
        means = np.stack([tree.value[leaf, 0, 0] for tree, leaf in zip(self.trees, leaves, strict=True)])
        within = np.stack([tree.impurity[leaf] for tree, leaf in zip(self.trees, leaves, strict=True)])
        variance = means.var(axis=0) + within.mean(axis=0)
        return means.mean(axis=0), np.sqrt(np.maximum(variance, 1e-12))


def fit_forest(x: Array, y: Array, count: int, seed: int) -> Forest:
    """Return a forest.

    Args:
        x: A row of columns for each observation.
        y: What was observed.
        count: Of trees.
        seed: Of their samples.
    """
    from sklearn.ensemble import RandomForestRegressor

    model = RandomForestRegressor(count, random_state=seed, n_jobs=1).fit(x, y)
    return Forest([tree.tree_ for tree in model.estimators_])
