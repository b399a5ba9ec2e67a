import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.dataset.keep import kept_names, only, portion


def test_names_in_the_order_of_keep():
    assert kept_names(("a", "b", "c"), None) == ("a", "b", "c")
    assert kept_names(("a", "b", "c"), [2, 0]) == ("c", "a")


@pytest.mark.parametrize(
    ("keep", "reason"),
    [([0, 3], "no class 3, classes are 0 to 2"), ([-1, 0], "no class -1"), ([1, 1], "only once"), ([1], "two classes")],
)
def test_refuses_what_is_no_choice_of_classes(keep, reason):
    with pytest.raises(ValueError, match=reason):
        kept_names(("a", "b", "c"), keep)


def test_labels_are_numbered_anew_and_samples_keep_their_order():
    targets = torch.tensor([4, 0, 2, 1, 2, 4, 3])
    inputs = torch.arange(7).view(7, 1)
    kept, labels = only((inputs, targets), [2, 4])
    assert kept.flatten().tolist() == [0, 2, 4, 5]
    assert labels.tolist() == [1, 0, 0, 1]


def test_a_class_without_samples_leaves_none():
    inputs, labels = only((torch.empty(0, 1), torch.empty(0, dtype=torch.int64)), [1, 2])
    assert (len(inputs), len(labels)) == (0, 0)
    assert only((torch.zeros(2, 1), torch.tensor([0, 0])), [5, 6])[1].tolist() == []


def test_everything_is_kept_as_it_is():
    part = (torch.zeros(2, 1), torch.tensor([0, 1]))
    assert only(part, None) is part


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 5), max_size=200), st.floats(0.001, 1), st.integers(0, 2**31))
def test_a_portion_keeps_the_share_of_each_class_and_at_least_one(labels, fraction, seed):
    targets = torch.tensor(labels, dtype=torch.int64)
    chosen = portion(targets, fraction, seed)
    assert chosen.tolist() == sorted(set(chosen.tolist()))
    for label in set(labels):
        assert (targets[chosen] == label).sum().item() == max(1, round(fraction * labels.count(label)))


@settings(deadline=None, max_examples=30)
@given(st.floats(0.01, 1), st.floats(0.01, 1), st.integers(0, 9))
def test_a_larger_portion_holds_the_smaller_one(one, other, seed):
    targets = torch.arange(90) % 3
    small, large = (set(portion(targets, fraction, seed).tolist()) for fraction in sorted([one, other]))
    assert small <= large


def test_the_seed_decides():
    targets = torch.arange(100) % 4
    first, again, other = (portion(targets, 0.2, seed).tolist() for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("fraction", [0, 1.5, -1])
def test_refuses_what_is_no_portion(fraction):
    with pytest.raises(ValueError, match="fraction must be > 0 and <= 1"):
        portion(torch.arange(4), fraction, 0)
