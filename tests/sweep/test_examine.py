"""Every trial is checked before any starts: those that can be counted, and what the others are made of."""

from runner.sweep.examine import SHALLOW, corners, points
from tests.sweep.asked import asked, problems

LR = "optimizer.lr=tag(log,interval(1e-4,1e-1))"


def test_every_point_of_a_grid_is_looked_at():
    with asked("model=mlp,cnn", "seed=0,1,2", "optimizer.lr=tag(grid3,log,interval(1e-4,1e-1))") as search:
        assert points(search, SHALLOW) == list(search.space.product())


def test_a_combination_that_does_not_fit_is_found():
    """Each value is right by itself: only the pair of them is not."""
    found = problems("model=mlp,cnn", "model.widths=[8],[4,4,4,4,4,4]", deep=True)
    assert found
    assert all("does not fit" in text or "too small" in text or "smaller" in text for text, _ in found), found
    conditional = 'model.widths=tag("model=mlp",choice([8],[4,4,4,4,4,4]))'
    assert problems("model=mlp,cnn", conditional, deep=True) == []


def test_both_ends_of_an_interval_are_looked_at():
    (low,) = problems("model=mlp", "sweep=bayes", "model.dropout=interval(-0.5,0.5)")
    assert low == ("model.dropout must be >= 0 and < 1, got -0.5", "model.dropout=interval(-0.5,0.5)")
    assert problems("model=mlp", "sweep=bayes", "model.dropout=interval(0.1,1.0)")


def test_of_a_space_without_end_every_part_is_tried_beside_each_value():
    with asked("model=mlp,cnn", "seed=0,1,2", LR, "sweep=bayes") as search:
        tried = list(corners(search))
        for name in ("mlp", "cnn"):
            assert {point["seed"] for point in tried if point["model"] == name} == {"0", "1", "2"}
            assert {point["optimizer.lr"] for point in tried if point["model"] == name} == {1e-4, 1e-1}
        assert points(search, 3) == tried[:3]


def test_trials_of_one_search_have_one_objective():
    found = problems("dataset=digits,diabetes", "model=mlp", deep=True)
    assert any("trials of one search have one objective" in text for text, _ in found), found


def test_a_model_that_only_some_data_have_is_told_with_its_words():
    found = problems("model=cnn,lstm", deep=True)
    assert found
    assert {place for _, place in found} == {"model=cnn,lstm"}


def test_a_key_that_one_of_several_parts_lacks_is_told_with_the_part():
    assert problems("model=mlp,cnn", "model.depth=1,2") == [
        ("with model=mlp: unknown key model.depth", "model.depth=1,2")
    ]
    assert problems("model=cnn,mlp", "model.pool=max") == [("with model=mlp: unknown key model.pool", "model.pool=max")]
    found = problems("optimizer=sgd,adamw", "optimizer.lr=-1")
    assert [text for text, _ in found] == [
        f"with optimizer={name}: optimizer.lr must be > 0, got -1" for name in ("sgd", "adamw")
    ]
    assert problems("model=mlp", "optimizer.lrr=1,2") == [
        ("unknown key optimizer.lrr: did you mean optimizer.lr?", "optimizer.lrr=1,2")
    ]
