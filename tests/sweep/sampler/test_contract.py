"""What every sampler that learns has to do, whatever it is made of: made anew for each trial, as the workers do."""

import warnings
from functools import partial

import numpy as np
import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from runner.sweep.sampler.bayes import bayes
from runner.sweep.sampler.cmaes import cmaes
from runner.sweep.sampler.forest import forest
from runner.sweep.sampler.gp import gp
from runner.sweep.sampler.nsga2 import nsga2
from runner.sweep.space import Choice, Interval, Range, Space

optuna.logging.set_verbosity(optuna.logging.ERROR)

SAMPLERS = {
    "bayes": partial(bayes, start=4),
    "gp-ei": partial(gp, start=4),
    "gp-logei": partial(gp, start=7, acquisition="logei"),
    "gp-pi": partial(gp, start=4, acquisition="pi"),
    "gp-ucb": partial(gp, start=4, acquisition="ucb"),
    "forest-ei": partial(forest, start=4, acquisition="ei"),
    "forest-logei": partial(forest, start=4, acquisition="logei"),
    "forest-pi": partial(forest, start=4, acquisition="pi"),
    "forest-ucb": partial(forest, start=4, acquisition="ucb"),
    "cmaes": cmaes,
    "nsga2": partial(nsga2, population=4),
}
every = pytest.mark.parametrize("name", SAMPLERS)
each_kind = pytest.mark.parametrize("name", ["bayes", "gp-ei", "forest-logei", "cmaes", "nsga2"])
"""Where acquisitions make no difference."""


def choice(name, *values, **options):
    return Choice(name, (name,), tuple((value,) for value in values), **options)


def interval(name, low, high, **options):
    return Interval(name, (name,), low, high, **options)


PLANE = Space((interval("x", 0.0, 1.0), interval("y", 1e-4, 1.0, log=True)))
MIXED = Space(
    (
        interval("lr", 1e-4, 1.0, log=True),
        choice("model", "cnn", "mlp"),
        interval("depth", 1, 4, when={"model": frozenset({"cnn"})}),
        choice("width", "16", "32", "64"),
        Range("drop", ("drop",), [0.0, 0.2, 0.4], 0.2),
        choice("only", "this"),
    )
)


def bowl(point):
    """Largest at x = 0.3, y = 0.01."""
    return -((point["x"] - 0.3) ** 2) - (np.log10(point["y"]) + 2) ** 2 / 8


def depth(point):
    return -((np.log10(point["lr"]) + 2) ** 2) + {"cnn": point.get("depth", 0) / 4, "mlp": 0.5}[point["model"]]


def study_of(maximize=True, storage=None):
    return optuna.create_study(
        storage=storage,
        study_name="search",
        load_if_exists=True,
        direction="maximize" if maximize else "minimize",
        pruner=optuna.pruners.NopPruner(),
        sampler=optuna.samplers.RandomSampler(0),
    )


def make(name, space, count, seed=0, objectives=("value",)):
    """Return the sampler for the trial after so many, as ``runner.sweep.proposal`` does."""
    function = SAMPLERS[name]
    named = getattr(function, "func", function).__code__.co_varnames
    mixed = int(np.random.SeedSequence([seed, count]).generate_state(1)[0])
    facts = {"seed": mixed, "study_seed": seed, "space": space, "objectives": list(objectives)}
    return function(**{key: value for key, value in facts.items() if key in named})


def ask(study, name, space, seed=0):
    """Return a trial and its point."""
    study.sampler = make(name, space, len(study.get_trials(deepcopy=False)), seed)
    trial = study.ask()
    return trial, space.suggest(trial)


def search(name, space, function, trials, *, maximize=True, seed=0):
    """Return the points of a search, and its values."""
    study, points, values = study_of(maximize), [], []
    for _ in range(trials):
        trial, point = ask(study, name, space, seed)
        values.append(function(point))
        points.append(point)
        study.tell(trial, values[-1])
    return points, values


@pytest.fixture(autouse=True)
def _a_warning_is_an_error():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@every
def test_it_proposes_points_of_the_space_whatever_became_of_the_others(name):
    study = study_of()
    for number in range(13):
        trial, point = ask(study, name, MIXED)
        assert point.keys() == {dimension.name for dimension in MIXED.active(point)}
        assert len(MIXED.overrides(point)) == len(point)
        match number % 8:
            case 1:
                trial.report(depth(point), 1)
                study.tell(trial, state=TrialState.PRUNED)
            case 3:
                study.tell(trial, state=TrialState.FAIL)
            case 5:
                trial.set_constraint("runs", 1.0)
                study.sampler = optuna.samplers.RandomSampler()  # it is told by others, elsewhere
                study.tell(trial, state=TrialState.PRUNED)
            case 6:
                pass  # it still runs
            case _:
                study.tell(trial, depth(point))


@every
def test_the_same_history_and_seed_give_the_same_proposals(name):
    assert search(name, MIXED, depth, 8, seed=3) == search(name, MIXED, depth, 8, seed=3)
    assert search(name, PLANE, bowl, 2, seed=3)[0] != search(name, PLANE, bowl, 2, seed=4)[0]


@each_kind
def test_a_search_that_is_taken_up_again_goes_on_as_if_nothing_had_happened(name, tmp_path):
    whole, _ = search(name, PLANE, bowl, 9)
    for begin in (0, 5):
        study = study_of(storage=JournalStorage(JournalFileBackend(str(tmp_path / "study.journal"))))
        points = []
        for _ in range(begin, begin + (5 if begin == 0 else 4)):
            trial, point = ask(study, name, PLANE)
            study.tell(trial, bowl(point))
            points.append(point)
        assert points == whole[begin : begin + len(points)]


@each_kind
def test_to_minimise_is_to_maximise_the_negative(name):
    points, _ = search(name, PLANE, bowl, 12)
    turned, _ = search(name, PLANE, lambda point: -bowl(point), 12, maximize=False)
    assert points == turned


@each_kind
def test_it_gets_better(name):
    _, values = search(name, PLANE, bowl, 24)
    assert np.median(values[12:]) > np.median(values[:8])


@each_kind
def test_equal_values_and_infinite_ones_are_no_trouble(name):
    search(name, MIXED, lambda point: 0.7, 9)
    search(name, PLANE, lambda point: float("-inf") if point["x"] > 0.5 else bowl(point), 12)


@each_kind
def test_a_space_of_a_single_value_or_of_few_is_searched_to_its_end_and_beyond(name):
    only = Space((choice("only", "this"), Interval("one", ("one",), 2, 2)))
    assert search(name, only, lambda point: 1.0, 6)[0] == [{"only": "this", "one": 2}] * 6
    few = Space((choice("a", "x", "y"), choice("b", "1", "2")))
    points, _ = search(name, few, lambda point: int(point["b"]), 16)
    assert len({tuple(point.values()) for point in points}) >= (4 if name.startswith(("gp-", "forest")) else 2)


@each_kind
def test_nothing_has_to_be_finished(name):
    study = study_of()
    points = [ask(study, name, PLANE)[1] for _ in range(8)]
    assert len({tuple(point.values()) for point in points}) == 8


@each_kind
def test_workers_that_share_a_journal_see_each_other(name, tmp_path):
    """Two storages on one file know nothing of each other but what is written there, as two processes do."""
    path = str(tmp_path / "study.journal")
    workers = [study_of(storage=JournalStorage(JournalFileBackend(path))) for _ in range(2)]
    running = []
    for turn in range(14):
        study = workers[turn % 2]
        running.append((study, *ask(study, name, PLANE)))
        if turn:
            other, trial, point = running.pop(0)
            other.tell(trial, bowl(point))
    assert [trial.number for trial in workers[0].trials] == list(range(14))
    assert len({tuple(trial.params.values()) for trial in workers[1].trials}) == 14


TWO = ["loss", "params"]


@pytest.mark.parametrize("name", ["bayes", "gp-logei", "nsga2"])
@pytest.mark.parametrize("space", [PLANE, MIXED], ids=["plane", "mixed"])
def test_several_objectives(name, space):
    study = optuna.create_study(
        directions=["minimize", "maximize"], pruner=optuna.pruners.NopPruner(), sampler=optuna.samplers.RandomSampler(0)
    )
    for number in range(9):
        study.sampler = make(name, space, number, objectives=TWO)
        trial = study.ask()
        point = space.suggest(trial)
        first = point.get("x", point.get("lr"))
        study.tell(trial, [first, np.sqrt(first)])
    assert len(study.trials) == 9


@pytest.mark.parametrize("name", ["gp-ei", "gp-pi", "gp-ucb", "forest-ei", "cmaes"])
def test_several_objectives_are_refused_by_those_that_know_one(name):
    with pytest.raises(ValueError, match="looks for one objective, not for loss, params"):
        make(name, PLANE, 0, objectives=TWO)


@each_kind
def test_an_enqueued_point_is_the_one_that_is_tried(name):
    study = study_of()
    for _ in range(6):
        trial, point = ask(study, name, MIXED)
        study.tell(trial, depth(point))
    wanted = {"lr": 0.03, "model": "mlp", "width": "64", "drop": 0.2, "only": "this"}
    study.enqueue_trial(wanted)
    assert ask(study, name, MIXED)[1] == wanted
