"""The quality benchmark measures what it says: real trainings, an optimum that is known, searches as a sweep does them.

No training is long, and no search: what the searchers are worth is measured by ``python -m benchmarks --only quality``.
"""

import math
import random
from dataclasses import replace
from itertools import pairwise, product
from statistics import median

import numpy
import optuna
import pytest
import torch
import yaml
from sklearn.metrics import roc_auc_score
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from benchmarks.sweep_quality import direct, line_up
from benchmarks.sweep_quality.bench import EQUAL, quartiles, reach, saved
from benchmarks.sweep_quality.ours import ours, pruner, space_of, text
from benchmarks.sweep_quality.population import (
    AdamW,
    Logistic,
    Perceptrons,
    Sgd,
    areas,
    born,
    cosine,
    train,
)  # fmt: skip
from benchmarks.sweep_quality.rows import Row, Rows
from benchmarks.sweep_quality.search import search
from benchmarks.sweep_quality.surface import Axis, Surface, load, save, spaced
from benchmarks.sweep_quality.tables import tables
from benchmarks.sweep_quality.task import DIGITS, EPOCHS, LOGREG, TASKS
from runner.dataset.batch import Batches
from runner.dataset.digits import digits
from runner.home import RECIPES
from runner.model.linear import Linear
from runner.model.mlp import MLP
from runner.optimizer.adamw import adamw
from runner.optimizer.groups import groups
from runner.optimizer.sgd import sgd
from runner.sweep.choice import Choice

AXES = (
    Axis("optimizer", ("sgd", "adamw")),
    spaced("lr", 1e-3, 1.0, 4, log=True),
    spaced("width", 8, 64, 2, whole=True),
)


@pytest.fixture(scope="module")
def small():
    generator = numpy.random.default_rng(0)
    return Surface(AXES, generator.random((2, 4, 2, 5)))


@pytest.fixture(scope="module")
def splits():
    return digits(keep=[3, 8], valid=0.5, fraction=0.6).load()


MODELS = tuple(replace(direct.RANDOM, name=who.name) for who in line_up.MODELS)
"""In the place of searchers that take long."""


def names(axes, place):
    return {axis.key: axis.points[at] for axis, at in zip(axes, place, strict=True)}


# ---------------------------------------------------------------- surfaces


def test_the_points_of_the_table_are_the_table(small):
    for place in product(range(2), range(4), range(2)):
        assert numpy.allclose(small.curve(names(AXES, place)), small.curves[place], atol=1e-12)


def test_between_two_points_it_is_linear_in_the_logarithm(small):
    middle = small.curve({"optimizer": "sgd", "lr": 10**-2.5, "width": 8})
    assert numpy.allclose(middle, small.curves[0, :2, 0].mean(0))
    quarter = small.curve({"optimizer": "adamw", "lr": 1.0, "width": 22})
    assert numpy.allclose(quarter, 0.75 * small.curves[1, 3, 0] + 0.25 * small.curves[1, 3, 1])


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_nothing_is_better_than_the_optimum_which_is_a_point_of_the_table(task):
    chance = random.Random(0)
    assert len(task.surfaces()) == task.seeds
    for surface in task.surfaces():
        assert surface.epochs == EPOCHS
        assert surface.value(surface.best) == surface.optimum
        for _ in range(200):
            place = [chance.random() for _ in task.axes]
            assert surface.value(somewhere(task.axes, place)) <= surface.optimum


def somewhere(axes, place):
    return {
        axis.key: axis.points[int(share * len(axis.points))]
        if axis.words
        else whole(axis, float(axis.points[0]) * (float(axis.points[-1]) / float(axis.points[0])) ** share)
        if axis.log
        else axis.points[0] + share * (axis.points[-1] - axis.points[0])
        for axis, share in zip(axes, place, strict=True)
    }


def whole(axis, value):
    return min(max(round(value) if axis.whole else value, axis.points[0]), axis.points[-1])


def test_a_value_outside_is_refused(small):
    with pytest.raises(ValueError, match="lr=2 is not between"):
        small.curve({"optimizer": "sgd", "lr": 2, "width": 8})
    with pytest.raises(ValueError, match="is not in"):
        small.curve({"optimizer": "rmsprop", "lr": 1, "width": 8})


def test_a_table_comes_back_as_it_was_written(tmp_path):
    curves = numpy.random.default_rng(0).integers(0, 1801, (3, 2, 4, 2, 5)) / 1800
    save(tmp_path / "x.npz", curves, 1800)
    back = load(tmp_path / "x.npz", AXES)
    assert numpy.array_equal(numpy.stack([one.curves for one in back]), curves)
    with pytest.raises(ValueError, match="build"):
        load(tmp_path / "x.npz", AXES[:2])


def test_the_tables_are_small_enough_to_be_kept_with_the_code():
    assert sum(task.path.stat().st_size for task in TASKS.values()) < 1.5 * 2**20


def test_the_same_trainings_with_another_seed_agree_on_what_is_good():
    """They are trainings, not noise."""
    for task in TASKS.values():
        first, second = (surface.curves.max(-1).ravel() for surface in task.surfaces()[:2])
        assert numpy.corrcoef(first.argsort().argsort(), second.argsort().argsort())[0, 1] > 0.9


# ---------------------------------------------------------------- trainings


def alone(model, optimizer, splits, epochs, seed, loss, score, rate):
    """Train one model the usual way and return its scores."""
    loader = Batches(
        splits.train, 32, mean=splits.mean, std=splits.std, device=torch.device("cpu"), seed=seed, shuffle=True
    )
    everything = Batches(splits.valid, len(splits.valid), mean=splits.mean, std=splits.std, device=torch.device("cpu"))
    (inputs, truth), found, step = next(iter(everything())), [], 0
    for epoch in range(epochs):
        for batch, targets in loader(epoch):
            for group in optimizer.param_groups:
                group["lr"] = rate(step, epochs * len(loader), epochs)
            optimizer.zero_grad()
            loss(model(batch), targets).backward()
            optimizer.step()
            step += 1
        with torch.no_grad():
            found.append(float(score(model(inputs), truth)))
    return found


@pytest.mark.parametrize("kind", ["adamw", "sgd"])
def test_a_member_of_a_population_of_perceptrons_is_trained_as_if_it_were_alone(splits, kind):
    rates, decays = [1e-3, 3e-2, 1e-2], [0.5, 0.0, 0.02]
    settings = {"lr": torch.tensor(rates), "weight_decay": torch.tensor(decays), "dropout": torch.zeros(3)}
    born(1)
    curves = train(Perceptrons((1, 8, 8), 2, 16, settings, AdamW() if kind == "adamw" else Sgd(0.9)), splits, 32, 3, 1)
    for member, (top, decay) in enumerate(zip(rates, decays, strict=True)):
        born(1)
        model = MLP((1, 8, 8), 2, [16])
        make = adamw if kind == "adamw" else sgd
        optimizer = make(groups(model), lr=top, weight_decay=decay)
        expected = alone(
            model, optimizer, splits, 3, 1, cross_entropy,
            lambda scores, truth: (scores.argmax(1) == truth).float().mean(),
            lambda step, total, epochs, top=top: top * cosine(step, total),
        )  # fmt: skip
        assert curves[member].tolist() == pytest.approx(expected, abs=1.5 / len(splits.valid))


def test_a_member_of_a_population_of_logistic_regressions_is_too(splits):
    rates, gammas = [1e-2, 1e-1], [0.5, 0.9]
    born(2)
    settings = {"lr": torch.tensor(rates), "gamma": torch.tensor(gammas)}
    curves = train(Logistic((1, 8, 8), settings, Sgd(0.0)), splits, 32, 3, 2)
    for member, (top, gamma) in enumerate(zip(rates, gammas, strict=True)):
        born(2)
        model = Linear((1, 8, 8), 1)
        expected = alone(
            model, sgd(groups(model), lr=top, momentum=0.0), splits, 3, 2,
            lambda scores, truth: binary_cross_entropy_with_logits(scores.squeeze(1), truth.float()),
            lambda scores, truth: roc_auc_score(truth, scores.squeeze(1)),
            lambda step, total, epochs, top=top, gamma=gamma: top * gamma ** (step * epochs / total),
        )  # fmt: skip
        assert curves[member].tolist() == pytest.approx(expected, abs=1e-4)


def test_dropout_drops_its_share_and_keeps_the_mean():
    torch.manual_seed(0)
    settings = {"lr": torch.zeros(2), "dropout": torch.tensor([0.0, 0.75])}
    population = Perceptrons((64,), 3, 4000, settings, Sgd(0.0))
    gradients = []
    population.rule = lambda at, gradient, rate, decay: gradients.append(gradient)
    population.step(torch.randn(8, 64), torch.zeros(8, dtype=torch.int64), torch.zeros(2))
    seen = (gradients[0] != 0).float().mean(dim=(1, 2))  # of the last layer: a unit that was dropped learns nothing
    assert seen[0] == pytest.approx(1 - 0.5**8, abs=0.02)
    assert seen[1] == pytest.approx(1 - (1 - 0.25 / 2) ** 8, abs=0.02)
    scaled = gradients[0].sum(dim=1)[:, 0].abs()
    assert scaled[1] / scaled[0] == pytest.approx(1.0, abs=0.3)


def test_areas_are_those_of_scikit_learn():
    scores, truth = torch.randn(4, 50), torch.randint(0, 2, (50,))
    assert areas(scores, truth).tolist() == pytest.approx([roc_auc_score(truth, row) for row in scores])


# ---------------------------------------------------------------- recipes


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_recipe_searches_the_space_of_the_table(task):
    recipe = yaml.safe_load((RECIPES / "hpo" / f"{task.recipe}.yaml").read_text(encoding="utf-8"))
    assert recipe["sweep"]["space"] == {axis.key: text(axis) for axis in task.axes}
    assert recipe["epochs"] == EPOCHS
    assert recipe["batch_size"] == task.batch


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_ours_and_optuna_search_the_same_space(task):
    there = direct.RANDOM.propose(task, 1, 0)
    study = optuna.create_study()
    there.begin(study, 1)
    trial, _ = there.ask(study)
    space = space_of(tuple((axis, 0) for axis in task.axes))
    assert trial.distributions == {dimension.name: dimension.distribution() for dimension in space.dimensions}


# ---------------------------------------------------------------- searches


def test_a_grid_is_the_grid():
    for size, counts in DIGITS.grids.items():
        found = line_up.GRID.propose(DIGITS, size, 0).points
        assert len(found) == math.prod(counts) <= size
        assert len({tuple(point.items()) for point in found}) == len(found)
        rates = sorted({point["optimizer.lr"] for point in found})
        assert (rates[0], rates[-1], len(rates)) == (1e-4, 0.3, counts[0])


def test_the_keys_that_a_small_grid_leaves_out_have_their_usual_value():
    task = TASKS["fashion_mnist"]
    proposer = line_up.GRID.propose(task, 25, 0)
    study = optuna.create_study()
    proposer.begin(study, 24)
    _, values = proposer.ask(study)
    assert values["optimizer.weight_decay"] == task.usual["optimizer.weight_decay"]
    assert set(values) == {axis.key for axis in task.axes}


@pytest.mark.parametrize("who", [line_up.RANDOM, line_up.BAYES, direct.TPE], ids=lambda who: who.name)
@pytest.mark.parametrize("flying", [1, 4])
def test_a_search_does_its_trials_and_the_same_again_with_the_same_seed(who, flying):
    surface = DIGITS.surfaces()[0]
    first, again = (search(surface, who.propose(DIGITS, 14, 5), 14, 5, flying) for _ in range(2))
    assert len(first.values) == len(first.epochs) == 14
    assert set(first.epochs) == {EPOCHS}
    assert first.values == again.values
    assert first.cpu > 0
    assert all(before >= after >= 0 for before, after in pairwise(first.regrets(surface.optimum)))


def test_with_four_in_flight_the_next_is_proposed_while_three_run():
    running = []

    class Watch(direct.Direct):
        def ask(self, study):
            states = [trial.state.name for trial in study.get_trials(deepcopy=False)]
            running.append(states.count("RUNNING"))
            return super().ask(study)

    watch = Watch(optuna.samplers.RandomSampler(0), DIGITS.axes)
    search(DIGITS.surfaces()[0], watch, 10, 0, flying=4)
    assert running == [0, 1, 2, 3, 3, 3, 3, 3, 3, 3]


@pytest.mark.parametrize("name", [name for name in line_up.PRUNERS if name != "none"])
def test_a_pruned_trial_costs_its_epochs_and_is_never_the_best(name):
    surface = DIGITS.surfaces()[0]
    history = search(surface, line_up.RANDOM.propose(DIGITS, 40, 0), 40, 0, pruner=pruner(name))
    pruned = [epochs for value, epochs in zip(history.values, history.epochs, strict=True) if value is None]
    assert pruned
    assert all(1 <= epochs < EPOCHS for epochs in pruned)
    best = max(value for value in history.values if value is not None)
    assert history.regrets(surface.optimum)[-1] == pytest.approx(surface.optimum - best)


@pytest.mark.siege
@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_bayes_is_at_the_level_of_a_hundred_random_trials_after_thirty(task):
    rows = Rows(None)
    level = median(row.at(100) for row in rows.of(task, line_up.RANDOM, 100, range(40)))
    bayes = rows.of(task, line_up.BAYES, 40, range(40))
    assert median(row.reached(level) for row in bayes) <= 30


# ---------------------------------------------------------------- rows and tables


def test_what_a_row_says():
    row = Row([math.inf, 0.3, 0.3, 0.1], [3, 27, 9, 27], 1.0)
    assert (row.at(2), row.at(4), row.at(9)) == (0.3, 0.1, 0.1)
    assert row.within(40) == (0.3, 3)
    assert row.within(2) == (math.inf, 0)
    assert (row.reached(0.3), row.reached(0.1), row.reached(0.05)) == (2, 4, math.inf)
    assert saved(row) == pytest.approx(1 - 66 / 108)
    assert EQUAL == 25 * EPOCHS


def test_medians_are_over_the_seeds_that_came_there_and_those_that_did_not():
    rows = [Row([0.3, value], [1, 1], 1.0) for value in (0.1, 0.1, 0.2)]
    assert reach(rows, 0.1) == "2 (2/3)"
    assert reach(rows, 0.05) == ">2 (0/3)"
    assert quartiles([0.1, 0.2, 0.3]) == "0.2000 [0.1500 0.2500]"


def test_a_row_that_is_kept_is_not_measured_again_until_something_changes(tmp_path, monkeypatch):
    from benchmarks.sweep_quality import rows as module

    path, done = tmp_path / "rows.jsonl", []
    monkeypatch.setattr(module, "search", lambda *words: done.append(words) or search(*words))
    first = Rows(path).of(LOGREG, direct.RANDOM, 5, range(2))
    assert Rows(path).of(LOGREG, direct.RANDOM, 5, range(2)) == first
    assert len(done) == 2
    monkeypatch.setattr(module, "fingerprint", lambda *_: "other")
    Rows(path).of(LOGREG, direct.RANDOM, 5, range(1))
    assert len(done) == 3


def test_the_tables_have_a_row_for_everyone(monkeypatch):
    few = (line_up.GRID, line_up.RANDOM, direct.QMC)
    for name, who in {"ALL": few, "FLYING": few[1:], "PRUNED": few[1:2], "PRUNERS": ("none", "asha")}.items():
        monkeypatch.setattr(f"benchmarks.sweep_quality.tables.{name}", who)
    for module in ("tables", "promises"):
        monkeypatch.setattr(f"benchmarks.sweep_quality.{module}.TASKS", {"logreg": LOGREG})
    for name, who in {"BAYES": direct.QMC, "GP": direct.QMC, "FOREST": direct.QMC, "MODELS": MODELS}.items():
        monkeypatch.setattr(f"benchmarks.sweep_quality.promises.{name}", who)
    found = list(tables(1, Rows(None)))
    assert [len(table.rows) for table in found] == [3, 3, 2, 2, 26]
    assert len({table.title for table in found}) == len(found)
    assert {row[-1] for row in found[-1].rows} <= {"yes", "no"}
    assert all(len(row) == len(table.heads) for table in found for row in table.rows)


def test_everyone_has_a_name_of_their_own():
    assert len({who.name for who in line_up.ALL}) == len(line_up.ALL)


def test_options_of_a_sampler_go_to_it():
    made = ours("bayes", start=3).propose(LOGREG, 5, 0)
    assert made.settings.sampler["start"] == 3


def test_words_become_a_choice():
    assert isinstance(space_of(((AXES[0], 0),)).dimensions[0], Choice)
