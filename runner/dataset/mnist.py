"""MNIST: 60,000 training and 10,000 test images of handwritten digits, 28x28 pixels, grey, ten classes.

Source: LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition", Proceedings of the
IEEE 86(11), 1998. URL and checksums: torchvision.
"""

from __future__ import annotations

from typing import Literal

from runner.dataset.data import Augmentation, Data
from runner.dataset.image.idx import read_family
from runner.dataset.image.published import published
from runner.dataset.keep import Portion
from runner.dataset.locate import Home
from runner.types import Folder, Fraction, Whole

CLASSES = tuple("0123456789")
HOME = Home(
    title="MNIST",
    inner="MNIST/raw",
    url="https://ossci-datasets.s3.amazonaws.com/mnist",
    digests={
        "train-images-idx3-ubyte.gz": "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "md5:d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "md5:9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "md5:ec29112dd5afa0611ce80d1b7f02629c",
    },
)


def mnist(
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
    """Return MNIST: inputs uint8 [n, 1, 28, 28].

    Args:
        folder: Holds ``MNIST/raw/<file>[.gz]`` (torchvision's layout) or the files themselves. Without it the
            user's cache is looked at.
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

    return published(
        "mnist",
        (1, 28, 28),
        CLASSES,
        lambda: read_family(HOME, folder, download, len(CLASSES)),
        valid=valid,
        split_seed=split_seed,
        keep=keep,
        fraction=fraction,
        in_memory=in_memory,
        workers=workers,
        sampling=sampling,
        augment=augment,
    )
