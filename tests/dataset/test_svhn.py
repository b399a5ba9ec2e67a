import hashlib
from dataclasses import replace

import numpy
import pytest
import torch
from scipy.io import savemat

from runner.dataset import svhn as module
from runner.dataset.svhn import HOME, read, svhn


def table(count, seed=0):
    generator = numpy.random.default_rng(seed)
    images = generator.integers(0, 256, (32, 32, 3, count), dtype=numpy.uint8)
    return {"X": images, "y": (numpy.arange(count, dtype=numpy.uint8)[:, None] % 10) + 1}


def write(folder, compressed=True):
    folder.mkdir(parents=True, exist_ok=True)
    for name, count in (("train_32x32.mat", 40), ("test_32x32.mat", 20)):
        savemat(folder / name, table(count), do_compression=compressed)
    return folder


@pytest.mark.parametrize("compressed", [True, False])
def test_reads_matlabs_files_and_ten_means_zero(tmp_path, compressed):
    data = svhn(folder=str(write(tmp_path, compressed)), valid=0.25)
    splits = data.load()
    assert [len(part) for part in (splits.train, splits.valid, splits.test)] == [30, 10, 20]
    assert data.shape == splits.train.inputs.shape[1:] == (3, 32, 32)
    assert splits.test.targets.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0] * 2
    expected = numpy.moveaxis(table(20)["X"], (3, 2), (0, 1))  # channels before rows, images first
    assert torch.equal(splits.test.inputs, torch.from_numpy(expected.copy()))


def test_one_image_is_no_special_case(tmp_path):
    savemat(tmp_path / "one.mat", table(1))
    images, labels = read(tmp_path / "one.mat")
    assert images.shape == (1, 3, 32, 32)
    assert labels.tolist() == [1]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"y": numpy.zeros((4, 1), numpy.uint8)}, "4 images and 4 labels from 1 to 10"),
        ({"y": numpy.full((4, 1), 11, numpy.uint8)}, "from 1 to 10 do not belong together"),
        ({"y": numpy.ones((3, 1), numpy.uint8)}, "4 images and 3 labels"),
        ({"X": numpy.zeros((32, 32, 3, 4))}, "no X of 32x32x3xN bytes but float64"),
        ({"X": numpy.zeros((28, 32, 3, 4), numpy.uint8)}, r"but uint8 \[28, 32, 3, 4\]"),
    ],
)
def test_what_is_not_as_published_is_refused_by_name(tmp_path, change, reason):
    savemat(tmp_path / "bad.mat", table(4) | change)
    with pytest.raises(ValueError, match=reason) as caught:
        read(tmp_path / "bad.mat")
    assert "bad.mat" in str(caught.value)


@pytest.mark.parametrize("damage", [lambda text: text[: len(text) // 2], lambda _: b"no matrix" * 40, lambda _: b""])
def test_a_damaged_file_is_named(tmp_path, damage):
    path = write(tmp_path) / "train_32x32.mat"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"train_32x32.mat cannot be read"):
        svhn(folder=str(tmp_path)).load()


def test_downloads_what_is_nowhere(monkeypatch, serve, tmp_path):
    monkeypatch.setenv("RUNNER_DATA", str(tmp_path / "cache"))
    contents = {path.name: path.read_bytes() for path in write(tmp_path / "made").iterdir()}
    digests = {name: f"md5:{hashlib.md5(contents[name]).hexdigest()}" for name in HOME.digests}
    monkeypatch.setattr(module, "HOME", replace(HOME, url=serve(contents), digests=digests))
    assert svhn().load().source == str(tmp_path / "cache" / "SVHN")


def test_says_where_it_looked(tmp_path):
    with pytest.raises(ValueError, match=f"SVHN is not in {tmp_path}: train_32x32.mat is missing"):
        svhn(folder=str(tmp_path)).load()


def test_files_and_checksums_are_torchvisions():
    from torchvision.datasets import SVHN

    theirs = [SVHN.split_list[part] for part in ("train", "test")]
    assert HOME.digests == {name: f"md5:{md5}" for _, name, md5 in theirs}
    for url, name, _ in theirs:
        assert f"{HOME.url}/{name}" == url.replace("http://", "https://")


def test_less_of_it(tmp_path):
    data = svhn(folder=str(write(tmp_path)), valid=0.0, keep=[0, 4], fraction=0.5, sampling="balanced")
    splits = data.load()
    assert data.classes == ("0", "4")
    assert torch.bincount(splits.train.targets).tolist() == [2, 2]
    assert splits.test.targets.tolist() == [1, 0, 1, 0]
    assert data.sampling == "balanced"
