"""The IDX file format of MNIST and its relatives: big-endian sizes, then raw bytes.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", section on file formats.
"""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import torch
from torch import Tensor

LIMIT = 2**31
"""Largest number of bytes that a header may promise."""


def read(path: Path) -> Tensor:
    """Return the uint8 tensor of an IDX file, gzipped (``.gz``) or not.

    Raises:
        ValueError: The file is not what its header says; the message names it.
    """
    with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
        try:
            return parse(file.read(LIMIT + 1024))
        except (ValueError, OSError, EOFError) as error:
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
