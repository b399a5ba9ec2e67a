import pytest

from runner.sweep.importance import LEAST, importances
from tests.sweep import made


@pytest.fixture
def study(tmp_path):
    return made.study(tmp_path / "s")


def told(study, values, **parameters):
    from optuna.distributions import FloatDistribution

    for index, value in enumerate(values):
        params = {name: column[index] for name, column in parameters.items()}
        made.add(study, value=value, params=params, distributions={name: FloatDistribution(0, 1) for name in params})


def test_what_decides_is_found_and_the_rest_is_not(study):
    import random

    draw = random.Random(1)
    decides, idle = [draw.random() for _ in range(60)], [draw.random() for _ in range(60)]
    told(study, decides, decides=decides, idle=idle)
    shares = importances(study)
    assert list(shares) == ["decides", "idle"]
    assert shares["decides"] > 0.8
    assert sum(shares.values()) == pytest.approx(1)
    assert importances(study) == shares


@pytest.mark.parametrize("count", [0, 1, LEAST - 1])
def test_few_trials_say_nothing(study, count):
    told(study, [index / 10 for index in range(count)], a=[index / 10 for index in range(count)], b=[0.5] * count)
    assert importances(study) == {}


def test_equal_values_and_a_single_parameter_say_nothing(study):
    numbers = [index / 20 for index in range(20)]
    told(study, [0.5] * 20, a=numbers, b=numbers[::-1])
    assert importances(study) == {}


def test_a_single_parameter_says_nothing(study):
    numbers = [index / 20 for index in range(20)]
    told(study, numbers, a=numbers)
    assert importances(study) == {}


def test_conditional_parameters_and_values_that_are_no_numbers(tmp_path, recwarn):
    study = made.study(tmp_path / "s")
    made.searched(study, 40)
    made.add(study, value=float("inf"))
    shares = importances(study)
    assert set(shares) == {"optimizer.lr", "model", "model.width"}
    assert max(shares, key=shares.get) == "optimizer.lr"
    assert not [warning for warning in recwarn if "optuna" in str(warning.filename)]


def test_of_several_objectives(tmp_path):
    study = made.study(tmp_path / "s", objectives=["a", "b"], directions=["maximize", "minimize"])
    for index in range(30):
        trial = study.ask()
        x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
        study.tell(trial, [x, x - y * 0.001 + index * 0])
    assert set(importances(study)) == {"x", "y"}
