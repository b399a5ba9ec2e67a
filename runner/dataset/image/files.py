"""Pictures of a user's as inputs like those that a dataset of images has stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from runner.dataset.data import Named
from runner.dataset.files import files
from runner.dataset.image.listing import SUFFIXES
from runner.dataset.image.picture import Shape, decode, why


def from_pictures(shape: Shape, white: int = 255) -> Callable[[Sequence[str]], Named]:
    """Return ``Data.encode`` of a dataset of images: files and folders become names and ``Images``.

    Args:
        shape: Of a stored image, (channels, height, width).
        white: See ``Images``.
    """

    def encode(words: Sequence[str]) -> Named:
        paths = files(words, SUFFIXES)
        return [{"file": str(path)} for path in paths], Images(paths, shape, white)

    return encode


class Images:
    """Pictures decoded when they are asked for.

    One that cannot be decoded comes out black and is remembered in ``broken``, so that all of them can be named.

    Args:
        paths: Of the pictures.
        shape: (1 or 3, height, width) to which they are brought: scaled, and the middle of the longer side kept.
        white: The value that stands for white in the dataset, at most 255.

    Raises:
        ValueError: A file cannot give such a shape.
    """

    def __init__(self, paths: Sequence[Path], shape: Shape, white: int = 255) -> None:
        if len(shape) != 3 or shape[0] not in (1, 3):
            raise ValueError(f"pictures have 1 or 3 channels, a height and a width; the run's inputs are {list(shape)}")
        self.paths, self.shape, self.white = paths, shape, white
        self.broken: list[str] = []

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Tensor:
        try:
            pixels = decode(self.paths[index], self.shape)
        except Exception as error:  # Pillow raises anything for a damaged file, from OSError to SyntaxError
            self.broken.append(f"{self.paths[index]} ({why(error)})")
            return torch.zeros(self.shape, dtype=torch.uint8)
        return pixels if self.white == 255 else (pixels.float() * self.white / 255).round().to(torch.uint8)
