import pytest


@pytest.mark.parametrize("size", [12, 7, 3, 2])
def test_two_processes_train_like_one(pair, size):
    """Statistics of batch normalisation included; of three samples, and of two, one of them has none of its own."""
    for found in pair:
        assert found[f"ddp {size}"] == {"losses": True, "state": True}


@pytest.mark.parametrize(
    "case",
    ["accumulated 13", "accumulated and cut 13", "too few 1", "too few for statistics 1", "half precision 12"],
)
def test_also_in_micro_batches_and_when_there_is_nothing_for_the_other(pair, case):
    for found in pair:
        assert found[case] == {"losses": True, "state": True}


def test_parameters_without_a_gradient_are_named(pair):
    for found in pair:
        assert "had no part in the loss" in found["unused"]
        assert "idle.weight, idle.bias" in found["unused"]
