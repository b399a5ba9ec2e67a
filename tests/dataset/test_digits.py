import numpy
import pytest
import torch
from sklearn.datasets import load_digits

from runner.dataset.data import fingerprint
from runner.dataset.digits import digits


def test_holds_scikit_learns_images_each_once():
    splits = digits().load()
    images = numpy.concatenate([part.inputs.numpy() for part in (splits.train, splits.valid, splits.test)])
    labels = numpy.concatenate([part.targets.numpy() for part in (splits.train, splits.valid, splits.test)])
    expected = load_digits()
    ours = sorted((*row.tolist(), label) for row, label in zip(images.reshape(-1, 64), labels, strict=True))
    theirs = sorted(
        (*row.astype(int).tolist(), label) for row, label in zip(expected.data, expected.target, strict=True)
    )
    assert ours == theirs


def test_facts_are_those_of_the_data():
    data = digits()
    splits = data.load()
    assert splits.train.inputs.shape[1:] == data.shape
    assert set(splits.train.targets.tolist()) == set(range(len(data.classes)))
    assert data.shape == (1, 8, 8)
    assert data.facts()["classes"] == 10


def test_fingerprint_is_stable_and_sees_the_split():
    assert digits().load().fingerprint == digits().load().fingerprint != digits(split_seed=1).load().fingerprint


def test_samples_and_their_order_are_those_of_the_first_release():
    splits = digits().load()
    parts = (splits.train, splits.valid, splits.test)
    assert splits.fingerprint == "a2786220578226bff8439df4a8f8b7452ac84859d21831ff06d08ff3189b63e6"
    assert (
        fingerprint([tensor for part in parts for tensor in (part.inputs, part.targets)])
        == "9ca0ad44b792347a28e4833c6f27d04ca7d9793378132dd73256f9c2f819eab2"
    )


def test_some_classes_and_a_part_of_the_training_images():
    data = digits(keep=[7, 0], fraction=0.1)
    splits, everything = data.load(), digits().load()
    assert data.facts()["classes"] == 2
    assert data.classes == ("7", "0")
    counts = torch.bincount(everything.train.targets)
    assert torch.bincount(splits.train.targets).tolist() == [round(0.1 * counts[label].item()) for label in (7, 0)]
    sevens = everything.test.inputs[everything.test.targets == 7]
    assert torch.equal(splits.test.inputs[splits.test.targets == 0], sevens)


def test_a_class_that_is_none_is_refused_before_anything_is_read():
    with pytest.raises(ValueError, match="no class 10"):
        digits(keep=[1, 10])


def test_sampling_is_passed_on():
    assert digits().sampling is None
    assert digits(sampling="balanced").sampling == "balanced"
