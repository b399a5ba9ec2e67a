"""The search for the largest batch, over known memories and over a real one."""

import sys
from itertools import pairwise

import pytest
import torch

from runner.build import make_batches
from runner.hardware.gauge import Host
from runner.inspect.batchsize import PATIENCE, Trial, Try, moments, search, sizes
from runner.make import make
from tests.support import built, config

MIB = 2**20


def memory(limit, per_sample=10, fixed=0, seconds=0.0, asked=None):
    """A memory that is known: what each size takes, and which were tried."""

    def attempt(size):
        taken = fixed + per_sample * size
        if asked is not None:
            asked.append(size)
        return Try(size, taken <= limit, taken, seconds * size)

    return attempt


def test_sizes_that_are_told_apart():
    assert sizes(1) == [1]
    assert sizes(20) == [*range(1, 17), 18, 20]
    assert sizes(150)[-5:] == [112, 120, 128, 144, 150]
    assert all(size % 8 == 0 for size in sizes(65536) if size >= 64)
    steps = sizes(10_000)
    assert all((b - a) / a <= 1 / 8 for a, b in pairwise(steps[7:]))


@pytest.mark.parametrize("most", [1, 2, 3, 7, 33, 1000])
@pytest.mark.parametrize("foreseen", [True, False])
@pytest.mark.parametrize("limit", [10, 20, 25, 170, 333, 5000, 10**9])
def test_the_largest_that_fits_is_found(limit, foreseen, most):
    tries = search(memory(limit), most, limit if foreseen else None)
    expected = max(size for size in sizes(most) if 10 * size <= limit)
    assert max(one.size for one in tries if one.fits) == expected
    assert len({one.size for one in tries}) == len(tries), "nothing is tried twice"
    assert len(tries) < 16


@pytest.mark.parametrize("fixed", [0, 500, 5000])
def test_too_much_is_not_even_tried_where_it_can_be_foreseen(fixed):
    limit = fixed + 3330
    tries = search(memory(limit, fixed=fixed), 10_000, limit)
    assert all(one.fits for one in tries)
    assert tries[-1].size == 320


def test_doubling_then_bisection():
    tries = search(memory(3330), 10_000)
    assert [one.size for one in tries] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 384, 320, 352]
    assert [one.size for one in tries if not one.fits] == [512, 384, 352]


def test_memory_that_grows_faster_than_the_batch():
    def attempt(size):
        return Try(size, size**2 <= 10_000, size**2, 0.0)

    assert max(one.size for one in search(attempt, 10_000, 10_000) if one.fits) == 96


def test_a_size_that_kills_its_process_says_nothing_of_its_memory():
    def attempt(size):
        return Try(size, size <= 100, None if size > 100 else 10 * size, 0.0)

    assert max(one.size for one in search(attempt, 10_000, 10**9) if one.fits) == 96


@pytest.mark.parametrize(("limit", "tried"), [(5, [2, 1]), (15, [2, 1])])
def test_not_even_two_fit(limit, tried):
    tries = search(memory(limit), 100, limit)
    assert [one.size for one in tries] == tried
    assert [one.fits for one in tries] == [False, limit >= 10]


def test_nobody_waits_for_steps_that_are_too_slow():
    tries = search(memory(10**9, seconds=PATIENCE / 100), 10**6, 10**9)
    assert tries[-1].size == 64, "the next would take 1.28 times the patience"


@pytest.fixture
def trial(tmp_path):
    words = ["dataset.samples=5000", "model.widths=[8192]", "hardware=cpu", "callback=[record,ema]"]
    cfg = config(*words)
    run = built(tmp_path / "run", *words)
    data = make(cfg.dataset)
    splits = data.load()

    def batches(size):
        cfg.batch_size = size
        return make_batches(cfg, data, splits, run.hardware.device)["train"]

    return Trial(run, batches, Host(), [run.callbacks["ema"]])


@pytest.mark.skipif(sys.platform != "linux", reason="a peak cannot be forgotten elsewhere")
def test_a_real_step_is_measured(trial):
    """Every sample takes its hidden units before and after the activation and their gradient, 32 KiB each."""
    assert trial.most == 3000
    trial(2)
    first, second = trial(1024), trial(2048)
    assert first.fits
    assert second.fits
    per_sample = (second.taken - first.taken) / 1024
    assert 2 * 8192 * 4 * 0.9 < per_sample < 4 * 8192 * 4 * 1.1
    trial.gauge.allowed = second.taken - 16 * MIB
    assert [trial(size).fits for size in (1024, 2048)] == [True, False]
    assert trial.run.evaluated is not trial.run.model, "the average of the weights has its memory too"
    assert len(trial.run.optimizer.state) == 4
    assert all(parameter.grad is None for parameter in trial.run.model.parameters())


def test_a_step_that_asks_for_too_much_does_not_fit_and_another_error_is_one(trial):
    layer = next(trial.run.model.children())
    hook = layer.register_forward_hook(lambda *_: torch.empty(2**50, dtype=torch.uint8))
    tried = trial(4)
    assert (tried.fits, tried.size) == (False, 4)
    assert tried.taken >= 2**50
    assert "can't allocate memory" in tried.error
    hook.remove()
    assert trial(4).fits
    layer.register_forward_hook(lambda *_: torch.zeros(3) @ torch.zeros(4))
    with pytest.raises(RuntimeError, match="size"):
        trial(4)


def test_of_a_stream_the_longest_window_counts(tmp_path):
    words = ["dataset=text", "model=gru", "task=language_modeling", "dataset.bptt=32", "dataset.jitter=12"]
    loader = built(tmp_path / "run", *words, "batch_size=8", "model.width=8").batches["train"]
    ((epoch, start),) = moments(loader)
    inputs, _ = next(iter(loader(epoch, start)))
    assert 32 + 12 < inputs.shape[1] <= 32 + 2 * 12


def test_images_that_grow_are_tried_at_every_size(tmp_path):
    words = ["dataset=digits", "++dataset.augment.sizes=[[1,8],[2,12]]", "model=cnn", "model.widths=[4]"]
    loader = built(tmp_path / "run", *words).batches["train"]
    shapes = [next(iter(loader(epoch, start)))[0].shape[-1] for epoch, start in moments(loader)]
    assert shapes == [8, 8, 12]
