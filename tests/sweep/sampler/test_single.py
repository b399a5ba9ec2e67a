import pytest

from runner.sweep.sampler.single import one_objective


@pytest.mark.parametrize("objectives", [None, [], ["loss"]])
def test_one_is_let_pass(objectives):
    one_objective("sweep=forest", objectives)


def test_two_are_refused_and_what_takes_them_is_told():
    with pytest.raises(
        ValueError, match=r"sweep=forest looks for one objective, not for loss, params: use sweep=nsga2"
    ):
        one_objective("sweep=forest", ["loss", "params"])
