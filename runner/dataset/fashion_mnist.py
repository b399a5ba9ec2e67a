"""Fashion-MNIST: 60,000 training and 10,000 test images of clothes, 28x28 pixels, grey, ten classes.

Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
arXiv 1708.07747.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from runner.dataset.data import Augmentation, Data
from runner.dataset.image.idx import read_family
from runner.dataset.image.published import published
from runner.dataset.keep import Portion
from runner.dataset.locate import Home
from runner.types import Folder, Fraction, Whole

CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
HOME = Home(
    title="Fashion-MNIST",
    inner="FashionMNIST/raw",
    url="https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
    digests={
        "train-images-idx3-ubyte.gz": "sha256:c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte.gz": "sha256:bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte.gz": "sha256:5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte.gz": "sha256:0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
    unpacked=True,
    package=Path("/usr/share/datasets/fashion-mnist"),
)


def fashion_mnist(
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
    """Return Fashion-MNIST: inputs uint8 [n, 1, 28, 28].

    Args:
        folder: Holds ``FashionMNIST/raw/<file>[.gz]`` (torchvision's layout) or the files themselves. Without it the
            Debian package ``dataset-fashion-mnist`` and the user's cache are looked at.
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
        "fashion_mnist",
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
