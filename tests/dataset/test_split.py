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
