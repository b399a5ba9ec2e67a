import math

import pytest

from runner.history.difference import between, changes
from runner.history.past import Past
from tests.history import made


@pytest.fixture
def found(tmp_path):
    one = made.run(tmp_path / "a", value=0.5)
    other = made.run(
        tmp_path / "b", value=0.75, epochs=4, model=made.CNN,
        environment={"packages": {"torch": "2.16.0"}, "data": {"name": "digits", "fingerprint": "cd"}},
    )  # fmt: skip
    return between(Past(one), Past(other))


def test_part_by_part(found):
    assert found.differing() == ["configuration", "environment", "data", "metrics"]
    assert found.configuration["model._target_"] == ("runner.model.mlp.MLP", "runner.model.cnn.CNN")
    assert found.configuration["model.depth"] == (None, 2)
    assert "seed" not in found.configuration
    assert found.environment == {"packages.torch": ("2.15.0", "2.16.0")}
    assert found.data["fingerprint"] == ("ab" * 32, "cd")
    assert found.metrics["value"] == (0.5, 0.75)
    assert found.metrics["test/accuracy"] == (0.49, 0.74)
    assert found.code.same
    assert found.curves["valid/accuracy"][1][4.0] == 0.75
    assert found.plain()["metrics"]["value"] == [0.5, 0.75]


def test_the_same_run_is_the_same_and_time_does_not_count(tmp_path):
    one = made.run(tmp_path / "a")
    other = made.run(tmp_path / "b", summary={"seconds": {"total": 9.0}})
    assert between(Past(one), Past(one)).differing() == []
    found = between(Past(one), Past(other))
    assert found.differing() == []
    assert found.speed["seconds"] == (1.5, 9.0)


def test_not_a_number_is_like_itself():
    assert changes({"a": math.nan, "b": 1}, {"a": math.nan, "b": 1.0}) == {}
    assert list(changes({"a": math.nan}, {"a": None})) == ["a"]
