"""A sampler that proposes what a model of the objective rates highest; its only memory is the study."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from optuna.samplers import BaseSampler, RandomSampler
from optuna.search_space import intersection_search_space
from optuna.study import StudyDirection

from runner.sweep.sampler.surrogate.axis import Array
from runner.sweep.sampler.surrogate.design import sobol
from runner.sweep.sampler.surrogate.encode import Encoder
from runner.sweep.sampler.surrogate.history import History, read_history
from runner.sweep.sampler.surrogate.propose import first_new

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

    from runner.sweep.space import Space

Model = Callable[[Encoder, History, np.random.Generator], Array]
"""Returns the row to try next."""
SPARE = 32
"""So many points are looked at for one that was not tried: in a space of few, they come again and again."""


class SurrogateSampler(BaseSampler):
    """Even points first, then what a model proposes.

    A new object may be made for each trial, in any process: what it proposes depends on the study and the seeds alone.
    """

    def __init__(
        self, model: Model, space: Space | None, seed: int, study_seed: int | None, start: int, random: int = 0
    ) -> None:
        """Keep what is needed.

        Args:
            model: Proposes.
            space: What is searched; without it, the parameters that all trials so far have.
            seed: Of this proposal.
            study_seed: Of the points of the start, the same for all proposals of a search.
            start: Points before the model is used.
            random: Every so many trials is a random point; 0 for none.
        """
        self._model = model
        self._space = space
        self._seed = seed
        self._study_seed = seed if study_seed is None else study_seed
        self._start = start
        self._random = random
        self._independent = RandomSampler(seed=seed)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the distributions of all parameters that are proposed together."""
        if self._space is not None:
            return {dimension.name: dimension.distribution() for dimension in self._space.dimensions}
        return intersection_search_space(study.get_trials(deepcopy=False), include_pruned=True)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the values to try."""
        encoder = Encoder(search_space, self._space)
        if not encoder.axes:
            return {}
        others = [other for other in study.get_trials(deepcopy=False) if other.number != trial.number]
        history = read_history(others, encoder, study.direction == StudyDirection.MAXIMIZE)
        generator = np.random.default_rng([self._seed, trial.number])
        if self._is_start(history):
            rows = sobol(trial.number + SPARE, len(encoder.axes), self._study_seed)[trial.number :]
            row = first_new(encoder.snap(rows), history)
        elif self._random and trial.number % self._random == self._random - 1:
            row = first_new(encoder.snap(generator.random((SPARE, len(encoder.axes)))), history)
        else:
            row = self._model(encoder, history, generator)
        return encoder.params(row)

    def _is_start(self, history: History) -> bool:
        """Tell whether there are too few trials, or too few of them have a value yet, for a model."""
        known, waited_for = len(history.scores), len(history.pending)
        return known + waited_for < self._start or 2 * known < self._start

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Return a random value: of a parameter that not all trials have, where the space is not known."""
        return self._independent.sample_independent(study, trial, param_name, param_distribution)
