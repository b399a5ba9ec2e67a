"""Files of a user's as inputs for a model that was trained on others like them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import Tensor

from runner.dataset.corpus import stamped
from runner.dataset.data import Data, Rows, Splits
from runner.dataset.listing import SUFFIXES
from runner.dataset.picture import decode
from runner.dataset.text_folder import Unit, padded, samples
from runner.dataset.vocabulary import UNKNOWN
from runner.table_inputs import Named, pairs, some, table


def files(words: Iterable[str], suffixes: tuple[str, ...]) -> list[Path]:
    """Return the files that words name; of a folder those with one of the suffixes, at any depth, sorted.

    Raises:
        ValueError: Some are not there, or a folder holds none; the message names the first few.
    """
    found: list[Path] = []
    missing: list[str] = []
    for word in words:
        path = Path(word)
        if path.is_dir():
            inside = [p for p in path.rglob("*") if p.suffix.lower() in suffixes and p.is_file() and p.name[0] != "."]
            found += sorted(inside)
            missing += [] if inside else [f"{word} (a folder without {' '.join(suffixes)})"]
        elif path.is_file():
            found.append(path)
        else:
            missing.append(f"{word} (no such file)")
    if missing:
        raise ValueError(f"cannot be read: {some(missing)}")
    return found


class Images:
    """Pictures decoded when they are asked for.

    One that cannot be decoded comes out black and is remembered in ``broken``, so that all of them can be named.

    Args:
        paths: Of the pictures.
        shape: (1 or 3, height, width) to which they are brought: scaled, and the middle of the longer side kept.
        white: The value that stands for white in the training images.
    """

    def __init__(self, paths: Sequence[Path], shape: Sequence[int], white: int = 255) -> None:
        if len(shape) != 3 or shape[0] not in (1, 3):
            raise ValueError(f"pictures have 1 or 3 channels, a height and a width; the run's inputs are {list(shape)}")
        self.paths, self.shape, self.white = paths, tuple(shape), white
        self.broken: list[str] = []

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Tensor:
        try:
            pixels = opened(self.paths[index], self.shape)
        except Exception as error:  # Pillow raises anything for a damaged file, from OSError to SyntaxError
            reason = "no picture" if type(error).__name__ == "UnidentifiedImageError" else str(error)
            self.broken.append(f"{self.paths[index]} ({reason})")
            return torch.zeros(self.shape, dtype=torch.uint8)
        return pixels if self.white == 255 else (pixels.float() * self.white / 255).round().to(torch.uint8)


def opened(path: Path, shape: tuple[int, ...]) -> Tensor:
    """Return a picture as uint8 [channels, height, width]: scaled, and the middle of what does not fit kept."""
    channels, height, width = shape
    if height == width:
        return decode(path, height, "rgb" if channels == 3 else "grey")
    from PIL import Image, ImageOps

    with Image.open(path) as file:
        upright = ImageOps.exif_transpose(file).convert("RGB" if channels == 3 else "L")
        pixels = numpy.array(ImageOps.fit(upright, (width, height), Image.Resampling.BILINEAR))
    return torch.from_numpy(pixels).reshape(height, width, channels).permute(2, 0, 1)


def images(words: Iterable[str], stored: Tensor | Rows) -> tuple[list[dict[str, object]], Images]:
    """Return pictures and their names.

    Args:
        words: Files and folders.
        stored: Training images, uint8: their shape, and the value of white, which is not 255 for all of them.
    """
    paths = files(words, SUFFIXES)
    few = torch.stack([stored[index] for index in range(min(256, len(stored)))])
    highest = int(few.max())
    return [{"file": str(path)} for path in paths], Images(paths, few.shape[1:], highest if highest < 64 else 255)


def texts(words: Iterable[str], data: Data, unit: Unit = "file", lower: bool = False) -> Named:
    """Return texts as rows of tokens, int64 [n, length], and their names.

    Args:
        words: Files and folders.
        data: Says which tokens there are, and how long a text is.
        unit: What one sample is; of lines and paragraphs there are several in a file.
        lower: Turn capitals into small letters.

    Raises:
        ValueError: A file is missing, empty or no UTF-8; or tokens are no characters.
    """
    if UNKNOWN not in data.tokens or max(map(len, data.tokens)) > 1:
        raise ValueError(f"dataset {data.name} has tokens of its own: its parts can be predicted, other files cannot")
    names: list[dict[str, object]] = []
    strings: list[str] = []
    empty: list[str] = []
    for path in files(words, (".txt",)):
        found = samples(stamped([path]), unit)
        strings += found
        empty += [] if found else [str(path)]
        names += [{"file": str(path)} | ({} if unit == "file" else {unit: i + 1}) for i in range(len(found))]
    if empty:
        raise ValueError(f"no text in {some(empty)}")
    length = data.shape[0]
    cut = [(string[:length].lower() if lower else string)[:length] for string in strings]
    return names, padded(cut, data.tokens, length)


def read(words: Sequence[str], target: str, keys: dict[str, Any], data: Data, splits: Splits) -> Named:
    """Return what names each sample in a user's files, and the inputs as the dataset would have stored them.

    Args:
        words: Files and folders.
        target: Of the dataset in the configuration.
        keys: The dataset's others.
        data: Its facts.
        splits: What it loaded.

    Raises:
        ValueError: A file cannot be used, or the dataset is of no kind that files are read for.
    """
    if target.startswith("runner.dataset.ratings."):
        return pairs(words, keys)
    if data.tokens:
        return texts(words, data, keys.get("unit", "file"), keys.get("lower", False))
    if data.encode is not None:
        return table(words, data.encode)
    stored = splits.train.inputs
    if stored[0].dim() == 3 and stored[0].dtype == torch.uint8:
        return images(words, stored)
    raise ValueError(f"no files can be read as inputs of dataset {data.name}: give its part train, valid or test")
