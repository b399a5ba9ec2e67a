from runner.sweep.sampler.grid import grid
from tests.sweep.spaces import GRID, space_of

SPACE = space_of("a.b=1,2,3", "c.d=tag(grid3,log,interval(1e-4,1))", "model=cnn,mlp", sampler=GRID)


def test_it_is_the_product_in_order_whatever_the_seed():
    points = grid().points(SPACE, None, seed=7)
    assert points == list(SPACE.product())
    assert len(points) == 18
    assert points[0] == {"a.b": "1", "c.d": 1e-4, "model": "cnn"}
    assert points[-1] == {"a.b": "3", "c.d": 1.0, "model": "mlp"}


def test_fewer_trials_are_its_first_ones():
    assert grid().points(SPACE, 5, 0) == list(SPACE.product())[:5]
    assert len(grid().points(SPACE, 100, 0)) == 18


def test_nothing_to_search_is_one_trial():
    assert grid().points(space_of(sampler=GRID), None, 0) == [{}]
