import random

import numpy
import pytest
import torch

from runner.dataset.batch import Batches
from runner.dataset.data import Split
from runner.randomness import random_state
from tests.support import same


class Noisy:
    """Rows that say who they are, and what they drew from each generator."""

    def __len__(self):
        return 11

    def __getitem__(self, index):
        return torch.tensor([index, torch.rand(()).item(), random.random(), numpy.random.rand()])


class Together(Noisy):
    """Reads several rows at once."""

    def __getitems__(self, indices):
        return [self[index] for index in indices]


def read(inputs, epoch=0, start=0, **keys):
    split = Split(inputs, torch.arange(11) % 2)
    batches = Batches(split, 4, device=torch.device("cpu"), seed=3, shuffle=True, **keys)
    return [inputs for inputs, _ in batches(epoch, start)]


@pytest.mark.parametrize("rows", [Noisy(), Together()])
def test_what_rows_draw_is_the_same_whoever_reads_them_and_from_wherever(rows):
    alone = read(rows)
    assert len(torch.cat(alone)[:, 1:].unique()) == 33  # each draws its own
    assert same(alone, read(rows, workers=2))
    assert same(alone[1:], read(rows, start=1))
    assert same(alone[1:], read(rows, start=1, workers=1))


def test_in_another_epoch_they_draw_others_and_a_row_that_comes_twice_does_too():
    first, second = (torch.cat(read(Noisy(), epoch, workers=1))[:, 1:] for epoch in (0, 1))
    assert not set(first.flatten().tolist()) & set(second.flatten().tolist())
    one = torch.zeros(11)
    one[5] = 1.0
    again = torch.cat(read(Noisy(), weights=one))
    assert set(again[:, 0].tolist()) == {5.0}
    assert len(again[:, 1:].unique()) == 33


def test_each_process_draws_for_its_rows_what_one_process_would():
    parts = [read(Noisy(), rows=lambda size, half=half: slice(half * 2, half * 2 + 2)) for half in (0, 1)]
    together = [torch.cat(both) for both in zip(*parts, strict=True)]
    assert same(read(Noisy()), together)


def test_nobody_else_s_draws_are_others_for_it():
    before = random_state()
    read(Noisy())
    assert same(before, random_state())
