"""A search begins with what its settings ask for."""

import pytest

from runner.sweep import coarse, plan, search
from runner.sweep.start import start
from tests.sweep.asked import asked

LR = "optimizer.lr=tag(log,interval(1e-4,1e-1))"


@pytest.mark.parametrize(
    ("words", "module", "name"),
    [
        ((), search, "search"),
        (("sweep.coarse_to_fine={trials: 4}",), coarse, "search_twice"),
        (("sweep.plan=true", "sweep.coarse_to_fine={trials: 4}"), plan, "show_plan"),
    ],
)
def test_the_first_step(words, module, name, monkeypatch):
    called = []
    monkeypatch.setattr(module, name, lambda *given: called.append(given) or 7)
    with asked(LR, "sweep=bayes", *words) as asked_for:
        assert start(asked_for.command, asked_for.loader, asked_for) == 7
    assert called[0][-1] is asked_for
