"""What the published image datasets share once their files are read: split, classes that are kept, ``Data``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from torch import Tensor

from runner.dataset.data import Augmentation, Data, Splits
from runner.dataset.image.picture import Shape
from runner.dataset.image.stated import of_images
from runner.dataset.keep import kept_names
from runner.dataset.split import hold_out

Part = tuple[Tensor, Tensor]
"""Images uint8 [n, *shape] and labels int64 [n]."""


def published(
    name: str,
    shape: Shape,
    classes: Sequence[str],
    read: Callable[[], tuple[Part, Part, str]],
    *,
    valid: float,
    split_seed: int,
    keep: list[int] | None,
    fraction: float,
    in_memory: bool,
    workers: int,
    sampling: Literal["balanced"] | None,
    augment: Augmentation | None,
) -> Data:
    """Return a dataset with a training and a test part of its own; see ``runner.dataset.mnist`` for the last eight.

    Args:
        name: For people and for the tracking store.
        shape: Of an image, (channels, height, width).
        classes: Names of all classes, in the order of the labels.
        read: Finds and reads the files: the training part, the test part, and where they lie.
        valid, split_seed, keep, fraction, in_memory, workers, sampling, augment: Keys of the dataset.
    """

    def load() -> Splits:
        train, test, source = read()
        return hold_out(
            train,
            test,
            valid=valid,
            seed=split_seed,
            source=source,
            in_memory=in_memory,
            keep=keep,
            fraction=fraction,
        )

    return of_images(name, shape, kept_names(tuple(classes), keep), load, augment, workers=workers, sampling=sampling)
