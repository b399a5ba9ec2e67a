"""Files as inputs: the same tensors that the dataset itself would have stored."""

from pathlib import Path

import numpy
import pytest
import torch
from PIL import Image

from runner.dataset.data import Data
from runner.dataset.digits import digits
from runner.dataset.image_folder import image_folder
from runner.dataset.text_folder import text_folder
from runner.inputs import Images, files, images, opened, read, texts
from runner.made import folder_of_pictures, folder_of_texts


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def grey(path: Path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(numpy.asarray(pixels, dtype=numpy.uint8)).save(path)


def test_files_and_folders_in_order(here):
    for name in ("b/2.PNG", "b/deep/1.jpg", "b/.hidden.png", "b/notes.txt", "a.gif"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).touch()
    assert files(["b", "a.gif"], (".png", ".jpg")) == [Path("b/2.PNG"), Path("b/deep/1.jpg"), Path("a.gif")]
    (here / "empty").mkdir()
    with pytest.raises(ValueError) as error:
        files(["gone.png", "b", "empty"], (".png",))
    assert str(error.value) == "cannot be read: gone.png (no such file), empty (a folder without .png)"


def test_pictures_are_those_of_the_dataset(here):
    folder_of_pictures(here / "pictures")
    splits = image_folder("pictures", size=24, workers=0, valid=0, test=0).load()
    names, found = images(["pictures"], splits.train.inputs)
    assert [name["file"] for name in names] == [
        f"pictures/{kind}/{index}.png" for kind, start in (("cat", 0), ("dog", 1)) for index in range(start, 8, 2)
    ]
    assert torch.equal(torch.stack([found[index] for index in range(8)]), splits.train.inputs)


def test_white_is_what_the_training_images_call_white(here):
    splits = digits().load()
    stored = splits.test.inputs[:20]
    for index, image in enumerate(stored):
        grey(here / f"{index:02}.png", (image[0].double() * 255 / 16).round())
    _, found = images(["."], splits.train.inputs)
    assert found.white == 16
    assert torch.equal(torch.stack([found[index] for index in range(20)]), stored)


def test_a_shape_that_is_no_square(here):
    pixels = numpy.arange(6 * 8).reshape(6, 8)
    grey(here / "a.png", pixels)
    assert torch.equal(opened(here / "a.png", (1, 6, 8)), torch.from_numpy(pixels).to(torch.uint8)[None])
    assert opened(here / "a.png", (3, 4, 8)).shape == (3, 4, 8)


def test_broken_pictures_are_remembered(here):
    (here / "a.png").write_bytes(b"nothing")
    found = Images([Path("a.png")], (1, 8, 8))
    assert found[0].sum() == 0
    assert found.broken == ["a.png (no picture)"]
    with pytest.raises(ValueError, match="1 or 3 channels"):
        Images([], (2, 8, 8))


@pytest.mark.parametrize("unit", ["file", "line"])
def test_texts_are_those_of_the_dataset(here, unit):
    folder_of_texts(here / "texts")
    data = text_folder("texts", unit=unit, length=12, lower=True, valid=0, test=0)
    names, found = texts(["texts"], data, unit, lower=True)
    assert torch.equal(found, data.load().train.inputs)
    assert names[0] == {"file": "texts/calm/0.txt"} | ({"line": 1} if unit == "line" else {})
    (here / "void.txt").write_text(" \n")
    with pytest.raises(ValueError, match=r"no text in void\.txt"):
        texts(["texts", "void.txt"], data)


def test_datasets_that_no_file_is_read_for():
    words = Data("words", (4,), ("a", "b"), lambda: pytest.fail("loaded"), tokens=("", "two", "three"))
    with pytest.raises(ValueError, match="dataset words has tokens of its own"):
        read(["x.txt"], "mine.words", {}, words, None)
    splits = digits().load()
    table = type(splits.train)(torch.zeros(3, 5), torch.zeros(3))
    with pytest.raises(ValueError, match="no files can be read as inputs of dataset mine"):
        read(["x.csv"], "mine.table", {}, Data("mine", (5,), (), None), type(splits)(*[table] * 3, None, None, "", ""))
