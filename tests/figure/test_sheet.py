import pytest
import torch

from runner.dataset.batch import Batches
from runner.dataset.data import Split
from runner.figure.sheet import Cell, draw_sheet, draws, full_scale, label, pixels, spread


class Shift:
    """Adds a sample's number to it, and writes down what it was given."""

    draws, mixes = 1, False

    def __call__(self, inputs, targets, uniform, epoch):
        return inputs.float() + uniform.view(-1, 1), targets


def batches(size, samples=10, augment=None):
    split = Split(torch.arange(samples).float().unsqueeze(1), torch.arange(samples))
    return Batches(split, size, device=torch.device("cpu"), seed=3, shuffle=True, augment=augment or Shift())


@pytest.mark.parametrize("size", [1, 4])
def test_draws_are_those_of_the_training(size):
    found = draws(batches(size), [7, 2], epochs=3)
    for row, position in zip(found, [7, 2], strict=True):
        for epoch, (given, target) in enumerate(row):
            epoch_batches = list(batches(4)(epoch))
            inputs, targets = (torch.cat(parts) for parts in zip(*epoch_batches, strict=True))
            assert target == position
            assert torch.equal(given, inputs[targets == position][0])


def test_a_sample_that_an_epoch_leaves_out_is_none():
    odd = batches(3)  # ten samples in threes: the one that is left over is left out
    left_out = next(n for n in range(10) if n not in odd.order(0).tolist())
    assert draws(odd, [left_out], 1) == [[None]]


def test_spread_takes_every_class_in_turn():
    targets = torch.tensor([1, 1, 0, 2, 2, 0])
    assert spread(targets, 3, 3) == [2, 0, 3]
    assert spread(targets, 3, 4) == [2, 5, 0, 3]
    assert spread(targets, 3, 99) == [2, 5, 0, 1, 3, 4]
    assert spread(targets, 2, 1) == [2]
    assert spread(torch.tensor([0.5, 0.1]), 0, 8) == [0, 1]


def test_labels_in_words():
    names = ("shirt", "bag", "shoe")
    assert label(torch.tensor(1), names) == "bag"
    assert label(torch.tensor([0.3, 0.7, 0.0]), names) == "70% bag\n30% shirt"
    assert label(torch.tensor(2.50001), ()) == "2.5"


def test_white_is_what_the_images_use():
    assert full_scale(torch.tensor([0, 200], dtype=torch.uint8)) == 255
    assert full_scale(torch.tensor([0, 16], dtype=torch.uint8)) == 16
    assert full_scale(torch.zeros(2)) == 1


def test_pixels_are_colours():
    grey = pixels(torch.tensor([[[0, 8, 16]]], dtype=torch.uint8), 16.0)
    assert grey.tolist() == [[[0, 0, 0], [0.5, 0.5, 0.5], [1, 1, 1]]]
    assert pixels(torch.full((3, 1, 1), 300.0), 255.0).tolist() == [[[1, 1, 1]]]
    assert pixels(torch.zeros(5, 2, 4), 1.0).shape == (2, 4, 3)


def test_a_sheet_with_a_gap_words_and_sizes_that_change(tmp_path, monkeypatch):
    kept = []
    monkeypatch.setattr("runner.figure.sheet.save", lambda figure, path: kept.append(figure))
    small, large = torch.ones(1, 4, 4), torch.ones(3, 8, 8)
    lines = [("bag", [Cell(small), None, Cell(large, "70% bag\n30% shoe")]), ("shoe", [Cell(small)])]
    draw_sheet(tmp_path / "a.png", lines, columns=["stored", "epoch 1", "epoch 2"], title="x")
    (axes,) = kept[0].axes
    words = {text.get_text() for text in axes.texts}
    assert {"bag", "shoe", "stored", "epoch 1", "epoch 2", "70% bag\n30% shoe"} <= words
    assert len(axes.images) == 3
    assert len({image.get_extent()[1] - image.get_extent()[0] for image in axes.images}) == 1
