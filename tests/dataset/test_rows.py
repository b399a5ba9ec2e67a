import pickle
from dataclasses import replace

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from runner.dataset.batch import Batches
from runner.dataset.noise import noise
from runner.dataset.rows import by_rows, rows
from runner.home import CONF


def test_a_row_holds_the_pixels_of_all_channels():
    images = torch.arange(2 * 3 * 4 * 5).view(2, 3, 4, 5)
    sequences = by_rows(images)
    assert sequences.shape == (2, 4, 15)
    for row in range(4):
        assert torch.equal(sequences[:, row], torch.cat([images[:, channel, row] for channel in range(3)], 1))


def test_facts_are_of_the_sequence_and_all_else_is_the_images():
    inner = noise(shape=[3, 4, 5], classes=3, sampling="balanced")
    data = rows(inner)
    assert (data.name, data.shape) == ("rows of noise", (4, 15))
    assert data.facts()["in_shape"] == (4, 15)
    assert replace(data, name=inner.name, shape=inner.shape, view=None) == inner


def test_what_a_batch_delivers_has_the_shape_that_the_model_was_told():
    data = rows(noise(shape=[2, 4, 5], samples=64))
    splits = data.load()
    batches = Batches(splits.valid, 8, mean=splits.mean, std=splits.std, device=torch.device("cpu"), view=data.view)
    inputs, _ = next(iter(batches()))
    assert inputs.shape[1:] == data.shape
    plain = Batches(splits.valid, 8, mean=splits.mean, std=splits.std, device=torch.device("cpu"))
    assert torch.equal(inputs, by_rows(next(iter(plain()))[0]))


def test_the_view_can_be_sent_to_another_process():
    assert pickle.loads(pickle.dumps(rows(noise()).view)) is by_rows


def test_rows_of_what_is_no_image_are_refused():
    with pytest.raises(ValueError, match=r"inputs of rows of noise have shape \[8, 8\]"):
        rows(rows(noise()))


@pytest.mark.parametrize(
    ("words", "name", "shape"),
    [([], "rows of digits", (8, 8)), (["dataset@dataset.images=cifar10"], "rows of cifar10", (32, 96))],
)
def test_the_inner_dataset_is_one_word_to_change(words, name, shape):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", overrides=["dataset=rows", *words, "dataset.images.augment=null"])
    data = instantiate(cfg.dataset)
    assert (data.name, data.shape, data.augment) == (name, shape, None)
