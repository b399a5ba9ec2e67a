import warnings

import optuna
import pytest

from runner.sweep.experimental import accepted


def test_experimental_parts_are_made_without_a_word():
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with accepted():
            optuna.pruners.WilcoxonPruner()
        assert not heard
        optuna.pruners.WilcoxonPruner()
    assert len(heard) == 1


def test_other_warnings_are_heard():
    with pytest.warns(UserWarning, match="something else"), accepted():
        warnings.warn("something else", UserWarning, stacklevel=1)
