"""The second stage searches where the first went well, and nothing that went well is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.sweep.coarse import Coarse, around, coarse_words, fine_words, narrowed, without
from tests.sweep.asked import asked
from tests.sweep.spaces import space_of

LR = "optimizer.lr=tag(log,interval(1e-4,1e-1))"


def test_intervals_shrink_around_what_went_well_by_their_own_measure():
    space = space_of(LR, "model.dropout=interval(0,1)", "epochs=int(interval(1,100))")
    good = [
        {"optimizer.lr": 1e-3, "model.dropout": 0.5, "epochs": 10},
        {"optimizer.lr": 1e-2, "model.dropout": 0.5, "epochs": 20},
    ]
    lr, dropout, epochs = narrowed(space, good).dimensions
    assert (lr.low, lr.high) == pytest.approx((1e-3 / 10**0.5, 1e-2 * 10**0.5))
    assert (dropout.low, dropout.high) == pytest.approx((0.4, 0.6))
    assert (epochs.low, epochs.high) == (1, 30)
    assert lr.log
    assert isinstance(epochs.high, int)


@given(st.lists(st.floats(1e-4, 1e-1), min_size=1, max_size=5))
def test_no_good_point_is_lost_and_no_bound_is_crossed(values):
    (dimension,) = space_of(LR).dimensions
    found = around(dimension, values)
    assert dimension.low <= found.low <= min(values) * (1 + 1e-9)
    assert max(values) * (1 - 1e-9) <= found.high <= dimension.high


def test_choices_ranges_and_what_depends_on_them():
    space = space_of("model=cnn,mlp,lstm", "seed=range(0,100,10)", 'model.widths=tag("model=mlp",choice([8],[16]))',
                     'model.layers=tag("model=lstm",choice(1,2))')  # fmt: skip
    good = [{"model": "mlp", "seed": 30, "model.widths": "[16]"}, {"model": "cnn", "seed": 50}]
    found = narrowed(space, good)
    assert found.describe() == {
        "model": "cnn,mlp", "seed": "range(20, 70, 10)", "model.widths": 'tag("model=mlp", choice([16]))',
    }  # fmt: skip
    assert list(found.product())  # and it is a space


def test_the_words_of_both_stages():
    words = (
        LR,
        "model=mlp,cnn",
        "model.dropout=0.3",
        "expect={test/accuracy: '> 0.9'}",
        "sweep=bayes",
        "sweep.trials=20",
        "epochs=12",
        "sweep.coarse_to_fine={trials: 5}",
        "sweep.confirm={top: 2, seeds: 2}",
    )
    with asked(*words) as search:
        first = coarse_words(words, search, "x")
        assert first[0] == LR
        assert {"epochs=3", "sweep.trials=5", "sweep.name=x-coarse", "sweep/pruner=none"} <= set(first)
        assert not {"sweep.trials=20", "epochs=12"} & set(first)
        assert "expect=null" in first
        with asked(*first) as coarse:
            assert coarse.settings.sampler["_target_"].endswith("qmc")
            assert coarse.settings.confirm is None
            smaller = narrowed(
                search.space, [{"optimizer.lr": 0.01, "model": "mlp"}, {"optimizer.lr": 0.02, "model": "cnn"}]
            )
        second = fine_words(words, smaller, "x")
        with asked(*second) as fine:
            assert fine.space.describe() == smaller.describe()
            assert fine.composer.cfg(["model=cnn"]).model.dropout == 0.3
            assert (fine.settings.trials, fine.settings.name, fine.cfg.epochs) == (20, "x", 12)
            assert fine.settings.confirm == {"top": 2, "seeds": 2}


def test_words_of_a_key_and_of_what_lies_in_it():
    assert without(["a=1", "a.b=2", "ab=3", "+c=4"], ["a", "+c"]) == ["ab=3"]


@pytest.mark.parametrize("wrong", [{"trials": 1}, {"epochs": 0.0}, {"keep": 1.5}])
def test_settings_out_of_range(wrong):
    with pytest.raises(ValueError):
        Coarse(**wrong)


@pytest.mark.siege
def test_two_searches_that_continue(cli, tmp_path):
    words = ["-m", "model=mlp", "model.widths=[8]", "epochs=4", "dataset=noise", "callback=[record,checkpoint]", LR,
             "sweep=bayes", "sweep.trials=3", "sweep.name=x", "sweep.coarse_to_fine={trials: 4}",
             "sweep/pruner=none"]  # fmt: skip
    done = cli(*words)
    assert done.returncode == 0, done.stderr
    coarse, fine = tmp_path / "outputs" / "x-coarse", tmp_path / "outputs" / "x"
    assert len((coarse / "results.csv").read_text().splitlines()) == 5
    before = (fine / "results.csv").read_text()
    assert len(before.splitlines()) == 4
    again = cli(*words)
    assert again.returncode == 0, again.stderr
    assert (fine / "results.csv").read_text() == before
