"""Random samples in the place of a dataset that is not here: what fits its facts, and nothing to learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import Generator, Tensor

from runner.dataset.data import Data, Split, Splits, statistics


def at_hand(data: Data, absent: bool) -> tuple[Data, bool]:
    """Return a dataset that is loaded already, or random samples in its place; and whether it is those.

    Args:
        data: Is loaded once.
        absent: It may be elsewhere: that it cannot be loaded is no error.
    """
    try:
        splits = data.load()
    except (ValueError, OSError):
        if not absent:
            raise
        return made(data), True
    return replace(data, load=lambda: splits), False


def made(data: Data, samples: int = 16) -> Data:
    """Return a dataset with the same facts whose parts are random: ``samples`` in each, the same on every call.

    Images are made as they are stored, so that they are augmented and normalised. Where a dataset looks at its images
    another way, what the model sees is made at once, and augmentation is left out.

    Args:
        data: Is not loaded.
        samples: In each part; of a stream of tokens so many windows.
    """
    images = len(data.shape) == 3 and not data.tokens and data.view is None

    def load() -> Splits:
        generator = torch.Generator().manual_seed(0)
        train, valid, test = (part(data, samples, images, generator) for _ in range(3))
        assert isinstance(train.inputs, Tensor)
        mean, std = statistics(train.inputs) if images else (None, None)
        return Splits(train, valid, test, mean, std, fingerprint="made", source="made at random")

    return replace(data, load=load, view=None, workers=0, augment=data.augment if images else None)


def part(data: Data, samples: int, images: bool, generator: Generator) -> Split:
    """Return one part: inputs of the right kind, and each class about equally often."""
    shape = (samples, *data.shape)
    if data.next_token:
        stream = torch.randint(len(data.tokens), (samples * data.shape[0] + 1,), generator=generator)
        return Split(stream, stream)
    if data.tokens:
        inputs = torch.randint(len(data.tokens), shape, generator=generator)
    elif data.sizes:
        columns = [torch.randint(size, (samples,), generator=generator) for size in data.sizes]
        inputs = torch.stack(columns, dim=1)
    elif images:
        inputs = torch.randint(256, shape, generator=generator, dtype=torch.uint8)
    else:
        inputs = torch.randn(shape, generator=generator)
    if data.classes:
        return Split(inputs, torch.arange(samples) % len(data.classes))
    return Split(inputs, torch.randn(samples, generator=generator))


def folder_of_pictures(folder: Path) -> None:
    """Write eight small pictures of two classes."""
    import numpy
    from PIL import Image

    pixels = numpy.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), dtype=numpy.uint8)
    for index, picture in enumerate(pixels):
        place = folder / ("cat", "dog")[index % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place / f"{index}.png")


def folder_of_texts(folder: Path) -> None:
    """Write twelve short texts of two classes."""
    for name, word in (("calm", "slowly"), ("hasty", "now")):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for index in range(6):
            (folder / name / f"{index}.txt").write_text(f"{word} {'and ' * index}{word}\n", encoding="utf-8")


def file_of_rows(path: Path) -> None:
    """Write a table of 40 rows: two columns of numbers, one of categories, and two classes to predict."""
    lines = ["width,height,colour,ripe"]
    for index in range(40):
        lines.append(f"{index / 7:.3f},{index % 5},{'red' if index % 3 else 'blue'},{'yes' if index % 2 else 'no'}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
