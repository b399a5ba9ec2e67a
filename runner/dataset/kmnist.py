"""Kuzushiji-MNIST: 60,000 training and 10,000 test images of cursive Japanese characters, 28x28 pixels, ten classes.

Source: Clanuwat, Bober-Irizar, Kitamoto, Lamb, Yamamoto, Ha, "Deep Learning for Classical Japanese Literature",
arXiv 1812.01718. Checksums: torchvision, which names the same host without TLS.
"""

from __future__ import annotations

from typing import Literal

from runner.dataset.data import Augmentation, Data
from runner.dataset.image.idx import read_family
from runner.dataset.image.published import published
from runner.dataset.keep import Portion
from runner.dataset.locate import Home
from runner.types import Folder, Fraction, Whole

CLASSES = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
HOME = Home(
    title="Kuzushiji-MNIST",
    inner="KMNIST/raw",
    url="https://codh.rois.ac.jp/kmnist/dataset/kmnist",
    digests={
        "train-images-idx3-ubyte.gz": "md5:bdb82020997e1d708af4cf47b453dcf7",
        "train-labels-idx1-ubyte.gz": "md5:e144d726b3acfaa3e44228e80efcd344",
        "t10k-images-idx3-ubyte.gz": "md5:5c965bf0a639b31b8f53240b1b52f4d7",
        "t10k-labels-idx1-ubyte.gz": "md5:7320c461ea6c1c855c0b718fb2a4b134",
    },
)


def kmnist(
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
    """Return Kuzushiji-MNIST: inputs uint8 [n, 1, 28, 28].

    Args:
        folder: Holds ``KMNIST/raw/<file>[.gz]`` (torchvision's layout) or the files themselves. Without it the
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
        "kmnist",
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
