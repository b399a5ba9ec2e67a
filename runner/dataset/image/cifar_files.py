"""The files of CIFAR: pickled batches in a folder or in a tar archive, read without running or unpacking anything."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zlib
from pathlib import Path

import numpy
import torch
from torch import Tensor

from runner.dataset.image.unpickle import unpickle

LIMIT = 2**28
"""Largest number of bytes of one file in an archive."""

WHOLE = 2**30
"""Largest number of bytes that an archive may unpack to."""
PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)

Labelled = tuple[Tensor, Tensor]


def read(path: Path, inner: str, train: list[str], test: str, classes: int) -> tuple[Labelled, Labelled]:
    """Return (inputs uint8 [n, 3, 32, 32], int64 labels) for training, and the same for testing.

    Args:
        path: An unpacked folder or the archive.
        inner: The folder's name in the archive.
        train: Names of the files of the training part, in order.
        test: Name of the file of the test part.
        classes: Number of classes.

    Raises:
        ValueError: A file is missing, damaged, or holds anything but images and labels; the message names it.
    """
    names = [*train, test]
    contents = unpacked(path, names) if path.is_dir() else archived(path, {f"{inner}/{name}": name for name in names})
    parts = []
    for name in names:
        try:
            parts.append(batch(contents[name], classes))
        except KeyError:
            raise ValueError(f"{path} is not complete: there is no file {name} in it") from None
        except ValueError as error:
            raise ValueError(f"{path}: {name}: {error}") from error
    images, labels = zip(*parts[:-1], strict=True)
    return (torch.cat(images), torch.cat(labels)), parts[-1]


def unpacked(path: Path, names: list[str]) -> dict[str, bytes]:
    """Return the bytes of the files that are there."""
    there = [name for name in names if (path / name).is_file() and (path / name).stat().st_size <= LIMIT]
    return {name: (path / name).read_bytes() for name in there}


class Bounded(io.RawIOBase):
    """Reads from a packed file no more than ``WHOLE`` bytes: a small one can promise any number of them."""

    def __init__(self, packed: gzip.GzipFile) -> None:
        self.packed, self.left = packed, WHOLE

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes.

        Raises:
            OSError: There are too many.
        """
        found = self.packed.read(self.left + 1 if size < 0 else min(size, self.left + 1))
        self.left -= len(found)
        if self.left < 0:
            raise OSError(f"it unpacks to more than {WHOLE:,} bytes")
        return found


def archived(path: Path, members: dict[str, str]) -> dict[str, bytes]:
    """Return the bytes of an archive's members, in memory: nothing is unpacked, no name or link leads anywhere."""
    found = {}
    try:
        with gzip.open(path) as packed, tarfile.open(fileobj=Bounded(packed), mode="r|") as archive:
            for member in archive:
                if member.name in members and member.type in PLAIN and member.size <= LIMIT:
                    file = archive.extractfile(member)
                    found[members[member.name]] = file.read() if file else b""
    except (tarfile.TarError, OSError, EOFError, zlib.error, struct.error) as error:
        raise ValueError(f"{path} is a damaged archive: {error}") from error
    return found


def batch(content: bytes, classes: int) -> Labelled:
    """Return the images and labels of one pickled file: a dict of ``data`` and ``labels`` or ``fine_labels``."""
    loaded = unpickle(content)
    entries = loaded.items() if isinstance(loaded, dict) else ()
    table = {key.decode("latin-1") if isinstance(key, bytes) else key: value for key, value in entries}
    images, labels = table.get("data"), table.get("fine_labels", table.get("labels"))
    if not isinstance(images, numpy.ndarray) or images.shape[1:] != (3072,) or not isinstance(labels, list):
        raise ValueError("it holds no images of 3x32x32 bytes with a list of labels")
    if len(images) != len(labels) or not all(type(label) is int and 0 <= label < classes for label in labels):
        raise ValueError(
            f"{len(images)} images and {len(labels)} labels from 0 to {classes - 1} do not belong together"
        )
    return torch.from_numpy(images.reshape(-1, 3, 32, 32).copy()), torch.tensor(labels, dtype=torch.int64)
