"""The IDX file format, big-endian sizes and then raw bytes, and the four files of MNIST and its relatives.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", section on file formats.
"""

from __future__ import annotations

import struct
from pathlib import Path

import torch
from torch import Tensor

from runner.dataset.gunzip import gunzip
from runner.dataset.locate import Home

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
"""What MNIST and its relatives consist of; published with ``.gz`` behind each name."""

LIMIT = 2**31
"""Largest number of bytes that a header may promise."""
HEADER = 4 + 4 * 255
"""Largest number of bytes of a header."""


def read_family(
    home: Home, folder: str | None, download: bool, classes: int
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor], str]:
    """Return (images, labels) for training, the same for testing, and the folder that they came from.

    Args:
        home: Where the files are.
        folder: See ``Home.find``.
        download: See ``Home.find``.
        classes: Number of classes.

    Raises:
        ValueError: A file is missing or damaged, or images and labels do not belong together.
    """
    found = [home.find(folder, download, name, f"{name}.gz") for name in FILES]
    images, labels, test_images, test_labels = (read(path) for path in found)
    return pair(images, labels, classes), pair(test_images, test_labels, classes), str(found[0].parent)


def pair(images: Tensor, labels: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Return inputs [n, 1, h, w] and int64 labels.

    Raises:
        ValueError: The numbers of images and labels differ, or a label is no class.
    """
    if images.dim() != 3 or len(images) != len(labels) or (len(labels) and int(labels.max()) >= classes):
        raise ValueError(f"{len(images)} images and {len(labels)} labels do not belong together")
    return images.unsqueeze(1), labels.long()


def read(path: Path) -> Tensor:
    """Return the uint8 tensor of an IDX file, gzipped (``.gz``) or not.

    Raises:
        ValueError: The file is not what its header says; the message names it.
    """
    content = path.read_bytes()
    try:
        return parse(gunzip(content, LIMIT + HEADER) if path.suffix == ".gz" else content)
    except ValueError as error:
        raise ValueError(f"{path} is no IDX file: {error}") from error


def parse(content: bytes) -> Tensor:
    """Return the uint8 tensor of an IDX document.

    Raises:
        ValueError: Another element type, an impossible size, or too few or too many bytes.
    """
    if len(content) < 4 or content[:2] != b"\0\0":
        raise ValueError("it does not begin with two zero bytes")
    kind, dimensions = content[2], content[3]
    if kind != 8:
        raise ValueError(f"its elements are of type {kind:#04x}, not unsigned bytes (0x08)")
    start = 4 + 4 * dimensions
    if not dimensions or len(content) < start:
        raise ValueError("its header ends early")
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    size = 1
    for length in shape:
        size *= length
    if size > LIMIT or size != len(content) - start:
        raise ValueError(f"its header promises {size} elements, {len(content) - start} are there")
    if not size:
        return torch.empty(shape, dtype=torch.uint8)
    return torch.frombuffer(bytearray(content[start:]), dtype=torch.uint8).reshape(shape)
