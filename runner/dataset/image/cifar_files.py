"""The files of CIFAR: pickled batches in a folder or in a tar archive, read without running or unpacking anything."""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path

import numpy
import torch
from torch import Tensor

from runner.dataset.image.unpickle import unpickle

LIMIT = 2**28
"""Largest number of bytes of one file in an archive."""

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
    return {name: (path / name).read_bytes() for name in names if (path / name).is_file()}


def archived(path: Path, members: dict[str, str]) -> dict[str, bytes]:
    """Return the bytes of an archive's members, in memory: nothing is unpacked, so no name can lead anywhere."""
    found = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                if member.name in members and member.isfile() and member.size <= LIMIT:
                    file = archive.extractfile(member)
                    found[members[member.name]] = file.read() if file else b""
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
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
