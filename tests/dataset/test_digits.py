import numpy
from sklearn.datasets import load_digits

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
    assert data.facts() == {"in_shape": (1, 8, 8), "classes": 10}


def test_fingerprint_is_stable_and_sees_the_split():
    assert digits().load().fingerprint == digits().load().fingerprint != digits(split_seed=1).load().fingerprint
