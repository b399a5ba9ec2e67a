"""Files as inputs: the same tensors that the dataset itself has stored."""

from pathlib import Path

import numpy
import pytest
import torch
from PIL import Image

from runner.dataset.cifar import cifar10, cifar100
from runner.dataset.digits import digits
from runner.dataset.fashion_mnist import fashion_mnist
from runner.dataset.image.files import Images
from runner.dataset.image_folder import image_folder
from runner.dataset.kmnist import kmnist
from runner.dataset.mnist import mnist
from runner.dataset.noise import noise
from runner.dataset.rows import rows
from runner.dataset.svhn import svhn
from runner.matrix.made import folder_of_pictures


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def grey(path: Path, pixels):
    Image.fromarray(numpy.asarray(pixels, dtype=numpy.uint8)).save(path)


def decoded(data, *words):
    names, found = data.encode(words)
    return names, torch.stack([found[index] for index in range(len(found))])


def test_pictures_are_those_of_the_dataset(here):
    folder_of_pictures(here / "pictures")
    data = image_folder("pictures", size=24, workers=0, valid=0, test=0)
    names, found = decoded(data, "pictures")
    assert [name["file"] for name in names] == [
        f"pictures/{kind}/{index}.png" for kind, start in (("cat", 0), ("dog", 1)) for index in range(start, 8, 2)
    ]
    assert torch.equal(found, data.load().train.inputs)


def test_white_is_what_the_dataset_calls_white(here):
    stored = digits().load().test.inputs[:20]
    for index, image in enumerate(stored):
        grey(here / f"{index:02}.png", (image[0].double() * 255 / 16).round())
    for data in (digits(), rows(digits())):
        assert torch.equal(decoded(data, ".")[1], stored)


def test_dark_pictures_of_any_dataset_stay_dark(here):
    grey(here / "dark.png", numpy.full((8, 8), 20))
    assert decoded(noise(), "dark.png")[1].unique().tolist() == [20]


@pytest.mark.parametrize("dataset", [mnist, fashion_mnist, kmnist, svhn, cifar10, cifar100])
def test_datasets_of_images_read_files_before_they_are_loaded(here, dataset):
    Image.new("RGB", (9, 7), (255, 255, 255)).save(here / "white.png")
    data = dataset(download=False)
    found = decoded(data, "white.png")[1]
    assert found.shape[1:] == data.shape
    assert found.eq(255).all()


def test_broken_pictures_are_remembered(here):
    (here / "a.png").write_bytes(b"nothing")
    found = Images([Path("a.png")], (1, 8, 8))
    assert found[0].sum() == 0
    assert found.broken == ["a.png (no picture)"]
    with pytest.raises(ValueError, match="1 or 3 channels"):
        Images([], (2, 8, 8))
