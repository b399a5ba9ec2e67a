import pytest

from runner.history.past import every_run
from runner.history.winner import contests
from tests.history import made


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.chdir(made.place(tmp_path))
    other = {"data": {"name": "digits", "fingerprint": "cd" * 32}}
    made.run(tmp_path / "outputs" / "20260101-000000-dddddd", value=1.0, environment=other)
    return every_run()


def named(contest):
    return [run.get("run") for run in contest.ranking]


def test_only_what_was_measured_on_the_same_data_is_compared_and_only_what_is_over(runs):
    first, second = contests(runs)
    assert (first.dataset, first.metric, first.way) == ("digits", "valid/accuracy", "max")
    assert named(first) == ["mine/trials/0", made.FIRST, made.SECOND]
    assert named(second) == ["20260101-000000-dddddd"]


def test_by_another_metric_in_the_direction_that_the_task_knows(runs):
    (found, _) = contests(runs, "train/loss")
    assert found.way == "min"
    (found, _) = contests(runs, "test/accuracy")
    assert named(found)[0] == "mine/trials/0"
    assert contests(runs, "seconds")[0].way == "min"
    assert contests(runs, "test/accuracy", "min")[0].ranking[0].get("run") == made.SECOND
    assert contests(runs, "nothing") == []


def test_a_direction_that_nobody_knows_is_asked_for(runs):
    with pytest.raises(ValueError, match="is more or less of samples_per_second better"):
        contests(runs, "samples_per_second")
    assert len(contests(runs, "samples_per_second", "max")) == 2
