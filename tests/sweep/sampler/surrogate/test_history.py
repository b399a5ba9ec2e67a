import numpy as np
import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState, create_trial

from runner.sweep.sampler.surrogate.encode import Encoder
from runner.sweep.sampler.surrogate.history import read_history

X = {"x": FloatDistribution(0, 1)}


def trial(x, value=None, state=TrialState.COMPLETE, steps=None, constraint=None):
    return create_trial(
        params={} if x is None else {"x": x},
        distributions={} if x is None else X,
        value=value,
        state=state,
        intermediate_values=steps or {},
        constraints=None if constraint is None else {"runs": constraint},
    )


def scores(*trials, maximize=True):
    return read_history(trials, Encoder(X), maximize).scores.tolist()


def test_complete_trials_count_with_their_value():
    history = read_history([trial(0.1, 3.0), trial(0.4, 5.0)], Encoder(X), maximize=True)
    assert history.units.tolist() == [[0.1], [0.4]]
    assert history.scores.tolist() == [3.0, 5.0]
    assert history.pending.shape == (0, 1)


def test_what_is_minimised_is_turned_round():
    assert scores(trial(0.1, 3.0), trial(0.4, 5.0), maximize=False) == [-3.0, -5.0]


def test_pruned_trials_count_with_their_last_value():
    assert scores(trial(0.1, 3.0), trial(0.2, state=TrialState.PRUNED, steps={1: 9.0, 2: 2.0})) == [3.0, 2.0]


@pytest.mark.parametrize("maximize", [True, False])
def test_infeasible_trials_and_those_without_any_value_count_with_the_worst(maximize):
    known = [trial(0.1, 3.0), trial(0.2, 7.0)]
    others = [
        trial(0.3, state=TrialState.PRUNED, constraint=1.0),
        trial(0.4, state=TrialState.PRUNED, steps={1: 99.0}, constraint=1.0),
        trial(0.5, state=TrialState.PRUNED),
        trial(0.6, state=TrialState.PRUNED, steps={1: float("nan")}),
        trial(0.7, 99.0, constraint=0.5),
    ]
    worst = 3.0 if maximize else -7.0
    assert scores(*known, *others, maximize=maximize)[2:] == [worst] * 5
    assert scores(trial(0.2, 7.0, constraint=0.0), maximize=True) == [7.0]


def test_of_infeasible_trials_alone_nothing_is_known():
    assert scores(trial(0.3, state=TrialState.PRUNED, constraint=1.0)) == [0.0]


def test_what_is_infinite_becomes_the_best_or_the_worst():
    assert scores(trial(0.1, 3.0), trial(0.2, float("inf")), trial(0.3, float("-inf")), trial(0.4, 4.0)) == [3, 4, 3, 4]


def test_what_runs_waits_or_failed_has_a_place_but_no_value():
    states = (TrialState.RUNNING, TrialState.WAITING, TrialState.FAIL)
    history = read_history([trial(0.1 * n, state=state) for n, state in enumerate(states)], Encoder(X), True)
    assert len(history.scores) == 0
    assert history.pending == pytest.approx(np.array([[0.0], [0.1], [0.2]]))


def test_trials_without_parameters_or_of_another_space_are_left_out():
    history = read_history(
        [trial(None, state=TrialState.RUNNING), trial(0.5, 1.0)], Encoder({"x": FloatDistribution(0, 0.4)}), True
    )
    assert len(history.units) == len(history.pending) == 0
