"""A look ahead shows what a search would do, and leaves nothing behind."""

import pytest

from runner.sweep.plan import FIRST, Taken, proposed
from tests.sweep.asked import asked

LR = "optimizer.lr=tag(log,interval(1e-4,1e-1))"


def test_all_of_a_grid_and_the_first_of_a_sampler():
    with asked("model=mlp,cnn", "seed=0,1,2") as search:
        points, total = proposed(search)
        assert (points, total) == (list(search.space.product()), 6)
    with asked(LR, "sweep=bayes", "sweep.trials=30") as search:
        points, total = proposed(search)
        assert (len(points), total) == (FIRST, 30)
        assert len({point["optimizer.lr"] for point in points}) == FIRST
        assert proposed(search) == (points, total)
    with asked(LR, "sweep=random", "sweep.trials=30") as search:
        assert len(proposed(search)[0]) == 30


def test_a_longer_training_takes_its_epochs():
    assert Taken(around=2.0, epoch=0.5).seconds(10) == 7.0


@pytest.mark.siege
def test_nothing_is_started(cli, tmp_path):
    done = cli("-m", "model=mlp", "dataset=noise", "epochs=3", "seed=0,1,2", "sweep.plan=true", "sweep.jobs=1")
    assert done.returncode == 0, done.stderr
    assert "3 trials, grid, 1 at a time" in done.stdout
    assert "  #2  seed=2" in done.stdout
    assert "#0 took" in done.stdout
    assert "Nothing was started" in done.stdout
    assert not (tmp_path / "outputs").exists()
