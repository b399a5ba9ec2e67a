"""Which searched parameters made the difference."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optuna.study import Study

LEAST = 10
"""Finished trials below which nothing is said."""


def importances(study: Study) -> dict[str, float]:
    """Return each parameter's share in what separates good trials from the rest, the largest first.

    Of several objectives: in what leads to the Pareto front. Empty where nothing can be said: of few trials, of equal
    values, of a single parameter.

    Source: Watanabe et al., "PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary subspaces",
    arXiv 2304.10255, as Optuna has it; conditional parameters count with the trials that they are active in.
    """
    from optuna.trial import TrialState

    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    finite = [trial for trial in trials if all(map(math.isfinite, trial.values))]
    varied = {name for trial in finite for name, space in trial.distributions.items() if not space.single()}
    if len(finite) < LEAST or len(varied) < 2 or len({tuple(trial.values) for trial in finite}) < 2:
        return {}
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances  # brings scikit-learn: a second

    quantile = max(0.1, min(0.5, 5 / len(finite)))  # at least five good trials, as its authors advise
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on regimes with few trials
        found = get_param_importances(
            study,
            evaluator=PedAnovaImportanceEvaluator(target_quantile=quantile),
            params=sorted(varied),
            normalize=False,
        )
    total = sum(found.values())
    if not total > 0:
        return {}
    return {name: share / total for name, share in sorted(found.items(), key=lambda item: (-item[1], item[0]))}
