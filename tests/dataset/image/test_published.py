import torch

from runner.dataset.augment import Augment
from runner.dataset.image.published import published
from runner.dataset.split import hold_out

KEYS = {
    "valid": 0.25, "split_seed": 3, "keep": [2, 0], "fraction": 0.5, "in_memory": True, "workers": 2,
    "sampling": "balanced", "augment": Augment(crop=1),
}  # fmt: skip


def parts():
    images = torch.arange(60 * 4, dtype=torch.uint8).view(60, 1, 2, 2)
    return (images[:48], torch.arange(48) % 3), (images[48:], torch.arange(12) % 3)


def test_every_key_arrives_and_nothing_is_read_before_load():
    reads = []

    def read():
        reads.append(1)
        return *parts(), "here"

    data = published("made", (1, 2, 2), ("a", "b", "c"), read, **KEYS)
    assert not reads
    assert (data.name, data.shape, data.classes, data.workers) == ("made", (1, 2, 2), ("c", "a"), 2)
    assert (data.sampling, data.augment) == ("balanced", KEYS["augment"])
    assert data.encode is not None
    train, test = parts()
    expected = hold_out(train, test, valid=0.25, seed=3, source="here", in_memory=True, keep=[2, 0], fraction=0.5)
    splits = data.load()
    assert reads == [1]
    assert (splits.fingerprint, splits.source) == (expected.fingerprint, "here")
    assert torch.equal(splits.train.inputs, expected.train.inputs)
    assert torch.equal(splits.test.targets, expected.test.targets)
