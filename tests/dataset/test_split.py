import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.dataset.data import statistics
from runner.dataset.split import hold_out, stratified


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=200), st.floats(0, 0.9), st.integers(0, 2**31))
def test_every_position_is_on_one_side_and_classes_keep_their_share(labels, share, seed):
    targets = torch.tensor(labels)
    kept, held = stratified(targets, share, seed)
    assert sorted(kept.tolist() + held.tolist()) == list(range(len(labels)))
    for label in set(labels):
        assert (targets[held] == label).sum().item() == round(share * labels.count(label))


def test_the_seed_decides():
    targets = torch.arange(100) % 4
    first, again, other = (stratified(targets, 0.2, seed)[1].tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_statistics_come_from_the_training_part_alone():
    inputs = torch.zeros(100, 1, 2, 2, dtype=torch.uint8)
    targets = torch.arange(100) % 2
    _, held = stratified(targets, 0.2, 0)
    inputs[held] = 200  # would move the mean if it were looked at
    splits = hold_out((inputs, targets), (inputs, targets), valid=0.2, seed=0, source="here")
    assert splits.mean.item() == 0
    assert statistics(splits.valid.inputs)[0].item() == 200


def test_row_by_row_gives_the_same_rows():
    inputs, targets = torch.arange(40, dtype=torch.uint8).view(10, 1, 2, 2), torch.arange(10) % 2
    whole, rows = (
        hold_out((inputs, targets), (inputs, targets), valid=0.2, seed=0, source="here", in_memory=memory)
        for memory in (True, False)
    )
    assert whole.fingerprint == rows.fingerprint
    assert torch.equal(torch.stack([rows.train.inputs[i] for i in range(len(rows.train))]), whole.train.inputs)


def tenfold():
    targets = torch.arange(100) % 5
    return torch.arange(100, dtype=torch.uint8).view(100, 1, 1, 1), targets


def held(**keys):
    return hold_out(tenfold(), tenfold(), valid=0.2, seed=3, source="here", **keys)


def test_kept_classes_stay_in_the_part_they_were_in():
    everything, some = held(), held(keep=[3, 1])
    for part in ("train", "valid", "test"):
        whole, kept = getattr(everything, part), getattr(some, part)
        mask = (whole.targets == 3) | (whole.targets == 1)
        assert torch.equal(kept.inputs, whole.inputs[mask])
        assert torch.equal(kept.targets, (whole.targets[mask] == 1).long())


def test_a_fraction_leaves_valid_and_test_alone_and_moves_the_statistics():
    everything, some = held(), held(fraction=0.25)
    assert (len(some.train), len(some.valid), len(some.test)) == (20, 20, 100)
    assert torch.equal(some.valid.inputs, everything.valid.inputs)
    assert set(some.train.inputs.flatten().tolist()) < set(everything.train.inputs.flatten().tolist())
    assert torch.equal(some.mean, statistics(some.train.inputs)[0])
    assert torch.bincount(some.train.targets).tolist() == [4] * 5


def test_fingerprints_see_what_was_left_out():
    prints = {held(**keys).fingerprint for keys in ({}, {"keep": [0, 1]}, {"keep": [1, 0]}, {"fraction": 0.5})}
    assert len(prints) == 4
    assert held(fraction=1.0, keep=None).fingerprint == held().fingerprint


def test_no_sample_left_says_so():
    with pytest.raises(ValueError, match="training split is empty"):
        held(keep=[5, 6])
