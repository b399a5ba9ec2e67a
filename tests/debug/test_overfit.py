import torch

from runner.debug.limit import Limit
from runner.debug.overfit import Overfit
from tests.support import built

WORDS = ("debug=overfit", "debug.updates=7", "dataset=digits", "batch_size=32")


def test_the_same_batches_in_every_epoch_from_any_position_on(tmp_path):
    train = built(tmp_path, *WORDS, "debug.train=2").batches["train"]
    first, second = list(train(0)), list(train(5))
    assert len(first) == len(train) == 7
    assert all(torch.equal(one, other) for (one, _), (other, _) in zip(first, second, strict=True))
    assert torch.equal(first[0][0], first[2][0])
    assert not torch.equal(first[0][0], first[1][0])
    assert len(list(train(0, 3))) == 4
    assert train.samples == 7 * 32


def test_it_is_the_first_batch_of_a_training_without_augmentation(tmp_path):
    augmented = [*WORDS, "dataset.augment.crop=2", "+dataset.augment.mixup=0.5"]
    (inputs, targets), *_ = built(tmp_path / "a", *augmented).batches["train"]()
    (plain, labels), *_ = built(tmp_path / "b", "dataset=digits", "batch_size=32", "~dataset.augment").batches[
        "train"
    ]()
    assert torch.equal(inputs, plain)
    assert torch.equal(targets, labels)


def test_other_limits_change_nothing_about_the_batches():
    loader = object()
    assert Limit(train=1).training(loader) is loader
    assert Limit.augmented
    assert not Overfit.augmented
