from collections import Counter

import optuna
import pytest

from runner.sweep.choice import Choice

ONE = Choice("model", ("model",), (("cnn",), ("mlp",), ("resnet18",)))
PAIR = Choice("a & b", ("a", "+b"), (("1", "x"), ("1", "y")))


def test_values_are_the_texts():
    assert ONE.grid() == ["cnn", "mlp", "resnet18"] == ONE.probes()
    assert ONE.texts("mlp") == ("mlp",)
    assert ONE.distribution() == optuna.distributions.CategoricalDistribution(["cnn", "mlp", "resnet18"])
    assert ONE.count == 3
    assert ONE.is_finite


def test_pairs_have_a_text_for_each_key():
    assert PAIR.grid() == ["1 & x", "1 & y"]
    assert PAIR.texts("1 & y") == ("1", "y")


def test_a_value_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="model=vit is not searched: there is cnn, mlp, resnet18"):
        ONE.texts("vit")


def test_all_values_have_the_same_chance():
    assert Counter(ONE.place(place / 300) for place in range(300)) == dict.fromkeys(ONE.grid(), 100)
    assert ONE.place(1 - 1e-16) == "resnet18"


def test_a_trial_is_asked_by_name():
    trial = optuna.trial.FixedTrial({"model": "mlp", "a & b": "1 & y"})
    assert ONE.suggest(trial) == "mlp"
    assert PAIR.suggest(trial) == "1 & y"


def test_a_shuffled_choice_is_the_same_set_in_an_order_of_the_seed():
    orders = {tuple(Choice("model", ("model",), ONE.rows, seed=seed).grid()) for seed in range(20)}
    assert {frozenset(order) for order in orders} == {frozenset(ONE.grid())}
    assert len(orders) > 1


def test_it_is_described_as_it_would_be_typed():
    assert ONE.describe() == "cnn,mlp,resnet18"
    assert Choice("model", ("model",), (("cnn",),)).describe() == "choice(cnn)"
    assert Choice("model", ("model",), ONE.rows, seed=3).describe() == "shuffle(cnn,mlp,resnet18)"
    assert Choice("model", ("model",), (("cnn",),), seed=3).describe() == "choice(cnn)"
