import hashlib
import pickle
from dataclasses import replace

import numpy
import pytest
import torch

from runner.dataset import cifar as module
from runner.dataset.cifar import HOME_10, HOME_100, HUNDRED, TEN, cifar10, cifar100
from tests.dataset.image.test_cifar_files import archive

CASES = [
    (cifar10, "HOME_10", "cifar-10-batches-py", [f"data_batch_{n}" for n in range(1, 6)], "test_batch", b"labels", 10),
    (cifar100, "HOME_100", "cifar-100-python", ["train"], "test", b"fine_labels", 100),
]
BOTH = pytest.mark.parametrize(
    ("dataset", "home", "inner", "train", "test", "key", "classes"), CASES, ids=["10", "100"]
)


def files(train, test, key, classes):
    """Return pickled batches, {name: bytes}, of two images of each class; of one in the test part."""
    generator = numpy.random.default_rng(0)
    each = 2 * classes // len(train)
    sizes = dict.fromkeys(train, each) | {test: classes}
    contents, start = {}, 0
    for name, count in sizes.items():
        labels = [(start + i) % classes for i in range(count)]
        data = generator.integers(0, 256, (count, 3072), dtype=numpy.uint8)
        contents[name] = pickle.dumps({b"data": data, key: labels}, 2)
        start += count
    return contents


@BOTH
def test_reads_torchvisions_folder_and_the_archive(tmp_path, dataset, home, inner, train, test, key, classes):
    contents = files(train, test, key, classes)
    (tmp_path / "a" / inner).mkdir(parents=True)
    (tmp_path / "b").mkdir()
    for name, content in contents.items():
        (tmp_path / "a" / inner / name).write_bytes(content)
    [packed] = getattr(module, home).digests
    archive(tmp_path / "b" / packed, {f"{inner}/{name}": content for name, content in contents.items()})
    first, second = (dataset(folder=str(tmp_path / place), valid=0.5) for place in "ab")
    splits = first.load()
    assert splits.fingerprint == second.load().fingerprint
    assert [len(part) for part in (splits.train, splits.valid, splits.test)] == [classes] * 3
    assert first.shape == splits.train.inputs.shape[1:] == (3, 32, 32)
    assert len(first.classes) == classes
    stored = pickle.loads(contents[test])
    assert torch.equal(splits.test.inputs.flatten(1), torch.from_numpy(stored[b"data"]))
    assert splits.test.targets.tolist() == stored[key]


@BOTH
def test_downloads_what_is_nowhere(monkeypatch, serve, tmp_path, dataset, home, inner, train, test, key, classes):
    monkeypatch.setenv("RUNNER_DATA", str(tmp_path / "cache"))
    contents = files(train, test, key, classes)
    [name] = getattr(module, home).digests
    packed = archive(tmp_path / "x", {f"{inner}/{one}": content for one, content in contents.items()}).read_bytes()
    digests = {name: f"md5:{hashlib.md5(packed).hexdigest()}"}
    monkeypatch.setattr(module, home, replace(getattr(module, home), url=serve({name: packed}), digests=digests))
    splits = dataset().load()
    assert splits.source == str(tmp_path / "cache" / name)
    assert len(splits.test) == classes


@BOTH
def test_a_batch_that_is_missing_is_named(tmp_path, dataset, home, inner, train, test, key, classes):
    (tmp_path / inner).mkdir()
    (tmp_path / inner / test).write_bytes(files(train, test, key, classes)[test])
    with pytest.raises(ValueError, match=f"{inner} is not complete: there is no file {train[0]}"):
        dataset(folder=str(tmp_path)).load()


def test_says_where_it_looked(tmp_path):
    with pytest.raises(ValueError, match=f"CIFAR-10 is not in {tmp_path}: cifar-10-batches-py or cifar-10-python"):
        cifar10(folder=str(tmp_path)).load()


def test_urls_and_checksums_are_torchvisions():
    from torchvision.datasets import CIFAR10, CIFAR100

    for home, theirs in ((HOME_10, CIFAR10), (HOME_100, CIFAR100)):
        assert f"{home.url}/{theirs.filename}" == theirs.url
        assert home.digests == {theirs.filename: f"md5:{theirs.tgz_md5}"}
        assert dict(CASES_BY_FOLDER)[theirs.base_folder] == [
            name for name, _ in [*theirs.train_list, *theirs.test_list]
        ]


CASES_BY_FOLDER = [(inner, [*train, test]) for _, _, inner, train, test, _, _ in CASES]


def test_there_are_as_many_names_as_classes():
    assert len(set(TEN)) == 10
    assert len(set(HUNDRED)) == 100
    assert list(HUNDRED) == sorted(HUNDRED)


@BOTH
def test_less_of_it(tmp_path, dataset, home, inner, train, test, key, classes):
    (tmp_path / inner).mkdir()
    for name, content in files(train, test, key, classes).items():
        (tmp_path / inner / name).write_bytes(content)
    data = dataset(folder=str(tmp_path), valid=0.0, keep=[5, 1, 3], fraction=0.5, sampling="balanced")
    splits = data.load()
    assert data.classes == tuple((TEN if classes == 10 else HUNDRED)[label] for label in (5, 1, 3))
    assert sorted(splits.train.targets.tolist()) == [0, 1, 2]
    assert splits.test.targets.tolist() == [1, 2, 0]
    assert data.sampling == "balanced"
