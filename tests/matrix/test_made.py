"""Random samples with the facts of a dataset."""

import pytest
import torch

from runner.dataset.cifar import cifar10
from runner.dataset.csv import csv
from runner.dataset.data import Data
from runner.dataset.digits import digits
from runner.dataset.image_folder import image_folder
from runner.dataset.ratings import ratings
from runner.dataset.rows import rows
from runner.dataset.text import text
from runner.dataset.text_folder import text_folder
from runner.matrix.made import at_hand, file_of_rows, folder_of_pictures, folder_of_texts, made


def whole(data):
    splits = made(data).load()
    again = made(data).load()
    for part in ("train", "valid", "test"):
        assert torch.equal(getattr(splits, part).inputs, getattr(again, part).inputs), "the same on every call"
    return splits


def test_images_as_they_are_stored():
    data = cifar10(download=False)
    splits = whole(data)
    assert (splits.train.inputs.dtype, splits.train.inputs.shape) == (torch.uint8, (16, 3, 32, 32))
    assert splits.mean.shape == splits.std.shape == (3, 1, 1)
    assert splits.train.targets.unique().tolist() == list(range(10))
    assert made(data).facts() == data.facts()


def test_images_that_are_looked_at_another_way():
    data = made(rows(digits()))
    assert (data.view, data.augment) == (None, None)
    assert (data.load().train.inputs.shape, data.load().mean) == ((16, 8, 8), None)


def test_tokens_ratings_and_tables():
    stream = whole(text(bptt=8))
    assert stream.train.inputs.shape == (16 * 8 + 1,)
    assert stream.train.inputs.max() < len(text().tokens)
    pairs = whole(ratings())
    assert (pairs.train.inputs.dtype, pairs.train.inputs.shape) == (torch.int64, (16, 2))
    assert (pairs.train.inputs.amax(0) < torch.tensor(ratings().sizes)).all()
    assert pairs.train.targets.is_floating_point()
    table = whole(Data("table", (5,), (), lambda: pytest.fail("loaded"), task="regression"))
    assert (table.train.inputs.dtype, table.train.inputs.shape) == (torch.float32, (16, 5))


def test_files_that_datasets_read(tmp_path):
    folder_of_pictures(tmp_path / "pictures")
    assert len(image_folder(str(tmp_path / "pictures"), size=8, workers=0).load().train) == 6
    folder_of_texts(tmp_path / "texts")
    assert text_folder(str(tmp_path / "texts")).classes == ("calm", "hasty")
    file_of_rows(tmp_path / "rows.csv")
    data = csv(str(tmp_path / "rows.csv"), "ripe")
    assert (data.task, data.shape, data.classes) == ("binary", (4,), ("no", "yes"))


def test_data_that_are_here_are_loaded_once_and_others_made(tmp_path):
    loaded = []
    data = Data("counted", (1, 8, 8), digits().classes, lambda: loaded.append(1) or digits().load())
    given, random = at_hand(data, absent=True)
    assert (given.load() is given.load(), loaded, random) == (True, [1], False)
    absent = cifar10(folder=str(tmp_path), download=False)
    given, random = at_hand(absent, absent=True)
    assert (given.load().source, random) == ("made at random", True)
    with pytest.raises(ValueError, match="is missing"):
        at_hand(absent, absent=False)
