"""SVHN: 73,257 training and 26,032 test images of house numbers, 32x32 pixels, colour, the ten digits.

Source: Netzer, Wang, Coates, Bissacco, Wu, Ng, "Reading Digits in Natural Images with Unsupervised Feature Learning",
NIPS workshop 2011. Checksums: torchvision, which names the same host without TLS.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy
import torch
from torch import Tensor

from runner.dataset.data import Augmentation, Data
from runner.dataset.image.published import Part, published
from runner.dataset.keep import Portion
from runner.dataset.locate import Home
from runner.types import Folder, Fraction, Whole

CLASSES = tuple("0123456789")
HOME = Home(
    title="SVHN",
    inner="SVHN",
    url="https://ufldl.stanford.edu/housenumbers",
    digests={
        "train_32x32.mat": "md5:e26dedcc434d2e4c54c9b2d4a06d8373",
        "test_32x32.mat": "md5:eb5a983be6a315427106f1b164d9cef3",
    },
)


def svhn(
    folder: Folder | None = None,
    download: bool = True,
    valid: Fraction = 0.1,
    split_seed: Whole = 0,
    keep: list[Whole] | None = None,
    fraction: Portion = 1.0,
    in_memory: bool = True,
    workers: Whole = 0,
    sampling: Literal["balanced"] | None = None,
    augment: Augmentation | None = None,
) -> Data:
    """Return SVHN, format 2 (cropped digits): inputs uint8 [n, 3, 32, 32].

    Needs scipy, which reads MATLAB's files.

    Args:
        folder: Holds ``train_32x32.mat`` and ``test_32x32.mat`` (torchvision's layout). Without it the user's cache is
            looked at.
        download: Fetch what is not found into the user's cache, with a checksum.
        valid: Share of the training images held out for validation.
        split_seed: Decides which images; separate from the training seed.
        keep: Only these classes, numbered anew in this order; null: all.
        fraction: How much of each class is left in the training part: for experiments with little data.
        in_memory: False reads row by row through the loader.
        workers: Loader processes when not in memory.
        sampling: ``balanced`` draws each class equally often in training.
        augment: Random changes of the training images.
    """

    def load() -> tuple[Part, Part, str]:
        found = [HOME.find(folder, download, name) for name in HOME.digests]
        train, test = (read(path) for path in found)
        return train, test, str(found[0].parent)

    return published(
        "svhn",
        (3, 32, 32),
        CLASSES,
        load,
        valid=valid,
        split_seed=split_seed,
        keep=keep,
        fraction=fraction,
        in_memory=in_memory,
        workers=workers,
        sampling=sampling,
        augment=augment,
    )


def read(path: Path) -> tuple[Tensor, Tensor]:
    """Return inputs uint8 [n, 3, 32, 32] and int64 labels of one file; there the label 10 means the digit 0.

    Raises:
        ValueError: The file is damaged, or is not what was published; the message names it.
    """
    from scipy.io import loadmat

    try:
        content = loadmat(str(path), variable_names=["X", "y"])
    except Exception as error:  # a damaged file makes scipy raise anything, from TypeError to zlib.error
        raise ValueError(f"{path} cannot be read: {error}") from error
    images, labels = (numpy.asarray(content.get(name, ())) for name in ("X", "y"))
    if images.ndim != 4 or images.shape[:3] != (32, 32, 3) or images.dtype != numpy.uint8:
        raise ValueError(f"{path} holds no X of 32x32x3xN bytes but {images.dtype} {list(images.shape)}")
    if labels.size != images.shape[3] or (labels.size and not (labels.min() >= 1 and labels.max() <= 10)):
        raise ValueError(
            f"{path}: {images.shape[3]} images and {labels.size} labels from 1 to 10 do not belong together"
        )
    targets = torch.from_numpy(labels.reshape(-1).astype(numpy.int64)) % 10
    return torch.from_numpy(numpy.ascontiguousarray(images.transpose(3, 2, 0, 1))), targets
