import torch

from runner.dataset.noise import noise


def test_shape_classes_and_sizes_are_as_asked():
    splits = noise(shape=[3, 5, 6], classes=3, samples=120, valid=0.1).load()
    assert splits.train.inputs.shape[1:] == (3, 5, 6)
    assert (len(splits.train), len(splits.valid), len(splits.test)) == (81, 9, 30)
    assert splits.train.targets.unique().tolist() == [0, 1, 2]


def test_without_spread_a_class_is_one_picture():
    splits = noise(spread=0.0, samples=64).load()
    for label in range(4):
        members = splits.train.inputs[splits.train.targets == label]
        assert torch.equal(members, members[:1].expand_as(members))


def test_sampling_is_passed_on():
    assert noise(sampling="balanced").sampling == "balanced"
