"""Synthetic images for tests: class patterns buried in noise, any shape, learnable, made in milliseconds."""

from __future__ import annotations

from typing import Literal

import torch

from runner.dataset.data import Augmentation, Data, Splits
from runner.dataset.image.stated import of_images
from runner.dataset.split import hold_out
from runner.types import Count, Fraction, NonNegative, Whole


def noise(
    shape: list[Count] | None = None,
    classes: Count = 4,
    samples: Count = 512,
    spread: NonNegative = 40.0,
    valid: Fraction = 0.2,
    split_seed: Whole = 0,
    in_memory: bool = True,
    workers: Whole = 0,
    sampling: Literal["balanced"] | None = None,
    augment: Augmentation | None = None,
) -> Data:
    """Return uint8 images of a random pattern per class plus Gaussian noise; a quarter of them is the test set.

    Args:
        shape: Of one image: [channels, height, width]; [1, 8, 8] unless told.
        classes: Number of classes.
        samples: Number of images in all.
        spread: Standard deviation of the noise, in grey levels: 0 makes the task trivial.
        valid: Share of the training part held out for validation.
        split_seed: Of the images and of the split.
        in_memory: False reads row by row through the loader, as for data larger than memory.
        workers: Loader processes when not in memory.
        sampling: ``balanced`` draws each class equally often in training.
        augment: Random changes of the training images.
    """
    dims = tuple(shape or (1, 8, 8))

    def load() -> Splits:
        generator = torch.Generator().manual_seed(split_seed)
        patterns = torch.rand(classes, *dims, generator=generator) * 255
        labels = torch.arange(samples) % classes
        images = patterns[labels] + torch.randn(samples, *dims, generator=generator) * spread
        images = images.clamp(0, 255).to(torch.uint8)
        cut = samples - samples // 4
        train, test = (images[:cut], labels[:cut]), (images[cut:], labels[cut:])
        return hold_out(train, test, valid=valid, seed=split_seed, source="made here", in_memory=in_memory)

    names = tuple(str(number) for number in range(classes))
    return of_images("noise", dims, names, load, augment, workers=workers, sampling=sampling)
