import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.dataset.augment import Augment
from runner.dataset.batch import Batches, balanced, derive
from runner.dataset.data import Split
from runner.dataset.noise import noise
from runner.hardware.feed import early, feeding
from runner.hardware.part import part_of

CPU = torch.device("cpu")


def make(count=10, size=4, **keys):
    inputs = torch.arange(count * 4, dtype=torch.uint8).view(count, 1, 2, 2)
    zero, one = torch.zeros(1, 1, 1), torch.ones(1, 1, 1)
    return Batches(Split(inputs, torch.arange(count)), size, mean=zero, std=one, device=CPU, **keys)


def collect(batches, epoch=0, start=0):
    return [(x.clone(), y.clone()) for x, y in batches(epoch, start)]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 60), st.integers(1, 20), st.integers(0, 3), st.integers(0, 2**40))
def test_an_epoch_holds_each_sample_once(count, size, epoch, seed):
    batches = make(count, size, shuffle=True, seed=seed)
    seen = [label for _, targets in batches(epoch) for label in targets.tolist()]
    assert len(seen) == len(set(seen)) == batches.samples
    assert count - batches.samples == (1 if count % size == 1 and count > 1 else 0)
    assert len(list(batches(epoch))) == len(batches)


def test_evaluation_keeps_a_rest_of_one():
    assert [len(targets) for _, targets in make(9, 4)()] == [4, 4, 1]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 5), st.integers(0, 4))
def test_starting_anywhere_gives_the_same_batches(start, epoch):
    batches = make(20, 4, shuffle=True, seed=3, augment=Augment(crop=1, flip=0.5))
    rest = collect(batches, epoch)[start:]
    resumed = collect(batches, epoch, start)
    assert len(rest) == len(resumed)
    for (x, y), (again, labels) in zip(rest, resumed, strict=True):
        assert torch.equal(x, again)
        assert torch.equal(y, labels)


def test_epochs_and_seeds_differ():
    orders = {tuple(make(20, seed=seed, shuffle=True).order(epoch).tolist()) for seed in (0, 1) for epoch in (0, 1)}
    assert len(orders) == 4


@pytest.mark.parametrize("workers", [0, 2])
def test_memory_and_loader_workers_give_the_same_batches(workers):
    def batches(in_memory):
        data = noise(samples=64, in_memory=in_memory, workers=workers, augment=Augment(crop=2, flip=0.5))
        splits = data.load()
        return Batches(
            splits.train, 16, mean=splits.mean, std=splits.std, device=CPU, seed=5, shuffle=True,
            augment=data.augment, workers=data.workers,
        )  # fmt: skip

    for (x, y), (rows, labels) in zip(collect(batches(True), 1, 1), collect(batches(False), 1, 1), strict=True):
        assert torch.equal(x, rows)
        assert torch.equal(y, labels)


def test_inputs_are_normalised():
    inputs = torch.randint(0, 256, (32, 2, 3, 3), dtype=torch.uint8)
    mean, std = torch.tensor([10.0, 20.0]).view(2, 1, 1), torch.tensor([2.0, 4.0]).view(2, 1, 1)
    batches = Batches(Split(inputs, torch.zeros(32).long()), 32, mean=mean, std=std, device=CPU)
    [(x, _)] = list(batches())
    torch.testing.assert_close(x, (inputs.float() - mean) / std)
    assert inputs.dtype == torch.uint8  # the stored bytes are not touched


def test_limit():
    assert len(collect(make(20, 4, limit=2))) == len(make(20, 4, limit=2)) == 2


def test_derived_seeds_are_unrelated():
    assert len({derive(seed, purpose, epoch) for seed in range(4) for purpose in "ab" for epoch in range(50)}) == 400


def test_without_statistics_inputs_are_delivered_as_they_are_stored():
    tokens = torch.randint(0, 9, (6, 3))
    [(x, _)] = list(Batches(Split(tokens, torch.zeros(6).long()), 6, device=CPU)())
    assert torch.equal(x, tokens)


def test_a_view_is_the_last_change():
    inputs = torch.randint(0, 256, (4, 1, 2, 3), dtype=torch.uint8)
    mean, std = torch.full((1, 1, 1), 7.0), torch.full((1, 1, 1), 2.0)
    split = Split(inputs, torch.zeros(4).long())
    [(x, _)] = list(Batches(split, 4, mean=mean, std=std, device=CPU, view=lambda images: images.flatten(1))())
    torch.testing.assert_close(x, ((inputs.float() - 7) / 2).flatten(1))
    [(x, _)] = list(Batches(split, 4, device=CPU, view=lambda images: images.flatten(1))())
    assert torch.equal(x, inputs.flatten(1))


class Swap:
    """Blends each sample with itself, half and half with the next class."""

    draws, mixes = 1, True

    def __call__(self, inputs, targets, uniform, epoch):
        assert targets.dtype == torch.float32
        return inputs, (targets + targets.roll(1, dims=1)) / 2


def test_an_augmentation_that_changes_nothing_takes_no_time():
    split = Split(torch.zeros(3, 1, 2, 2, dtype=torch.uint8), torch.zeros(3).long())
    assert Batches(split, 3, device=CPU, augment=Augment()).augment is None
    assert Batches(split, 3, device=CPU, augment=Augment(crop=1)).augment is not None


def test_labels_that_are_mixed_arrive_as_probabilities():
    inputs = torch.zeros(3, 1, 2, 2, dtype=torch.uint8)
    split = Split(inputs, torch.tensor([0, 1, 2]))
    [(_, y)] = list(Batches(split, 3, device=CPU, augment=Swap(), classes=3)())
    assert y.tolist() == [[0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]]


def test_balanced_sampling_draws_each_class_equally_often():
    targets = torch.tensor([0] * 950 + [1] * 50)
    split = Split(torch.zeros(1000, 1), targets)
    batches = Batches(split, 100, device=CPU, seed=1, shuffle=True, weights=balanced(targets))
    drawn = torch.cat([y for _, y in batches(3)])
    assert len(drawn) == 1000
    assert 430 < int(drawn.sum()) < 570
    again = torch.cat([y for _, y in batches(3, 4)])
    assert torch.equal(drawn[400:], again)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=50))
def test_balanced_weights_give_each_class_the_same_mass(labels):
    targets = torch.tensor(labels)
    weights = balanced(targets)
    masses = torch.zeros(5, dtype=torch.float64).index_add(0, targets, weights)
    assert torch.allclose(masses[targets.unique()], torch.ones(1, dtype=torch.float64))


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize("start", [0, 2])
def test_fed_batches_are_the_same(in_memory, start):
    """What is gathered on the host and sent ahead is what would lie on the device."""
    data = noise(samples=70, in_memory=in_memory, augment=Augment(crop=2, flip=0.5))
    splits = data.load()
    keys = {"mean": splits.mean, "std": splits.std, "device": CPU, "seed": 5, "shuffle": True, "augment": data.augment}

    def feed(batches):
        return early(batches, lambda batch: batch.clone(), lambda batch: batch.clone(), 2)

    fed, plain = Batches(splits.train, 16, feed=feed, **keys), Batches(splits.train, 16, **keys)
    pairs = list(zip(fed(1, start), plain(1, start), strict=True))
    assert len(pairs) == len(plain) - start
    for (x, y), (again, labels) in pairs:
        assert torch.equal(x, again)
        assert torch.equal(y, labels)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("in_memory", [True, False])
def test_a_gpu_is_fed_with_the_same_bits_without_waiting(in_memory):
    data = noise(samples=70, in_memory=in_memory, augment=Augment(crop=2, flip=0.5))
    splits = data.load()
    keys = {"mean": splits.mean, "std": splits.std, "seed": 5, "shuffle": True, "augment": data.augment}
    device = torch.device("cuda")
    fed = Batches(splits.train, 16, device=device, feed=feeding(device, print), **keys)
    plain = Batches(splits.train, 16, device=CPU, **keys)
    got, batches = [], fed(1)
    got.append(next(batches))  # the order of the epoch is sent before its first batch
    torch.cuda.set_sync_debug_mode("error")
    try:
        got.extend(batches)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    for (x, y), (expected, labels) in zip(got, plain(1), strict=True):
        torch.testing.assert_close(x.cpu(), expected)
        assert torch.equal(y.cpu(), labels)


@pytest.mark.parametrize("changes", [{}, {"crop": 2, "flip": 0.5}, {"mixup": 0.4}, {"policy": "trivial"}])
def test_the_rows_of_several_processes_are_the_batches_of_one(changes):
    """Inputs of one's own rows, targets of all; where samples depend on one another, both of all."""
    data = noise(samples=70, augment=Augment(**changes))
    splits = data.load()
    keys = {"mean": splits.mean, "std": splits.std, "device": CPU, "seed": 5, "shuffle": True, "classes": 10}
    keys["augment"] = data.augment
    whole = list(Batches(splits.train, 16, **keys)(1))
    for rank in range(3):
        parts = list(Batches(splits.train, 16, rows=lambda size, rank=rank: part_of(size, rank, 3, 2).rows, **keys)(1))
        for (inputs, targets), (expected, labels) in zip(parts, whole, strict=True):
            assert torch.equal(targets, labels)
            if len(inputs) < len(targets):
                expected = expected[part_of(len(targets), rank, 3, 2).rows]
            torch.testing.assert_close(inputs, expected)
        assert (len(parts[0][0]) < 16) == (changes.keys() <= {"crop", "flip"})


def test_the_streams_of_several_processes_are_those_of_one():
    from runner.dataset.language.stream import Streams

    text = Split(torch.arange(200), torch.arange(200))
    whole = list(Streams(text, 5, device=CPU, bptt=8)(0))
    for rank in range(2):
        rows = part_of(5, rank, 2, 1).rows
        parts = list(
            Streams(text, 5, device=CPU, bptt=8, rows=lambda size, rank=rank: part_of(size, rank, 2, 1).rows)(0)
        )
        for (inputs, targets), (expected, labels) in zip(parts, whole, strict=True):
            assert torch.equal(inputs, expected[rows])
            assert torch.equal(targets, labels)
