"""Fashion-MNIST: 60,000 training and 10,000 test images of clothes, 28x28 pixels, grey, ten classes.

Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
arXiv 1708.07747.
"""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from runner.dataset.data import Augmentation, Data, Splits
from runner.dataset.download import cache, fetch
from runner.dataset.idx import read
from runner.dataset.split import hold_out
from runner.types import Fraction, Whole

CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
URL = "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion"
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
SHA256 = {  # of the unpacked files
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


def fashion_mnist(
    folder: str | None = None,
    download: bool = True,
    valid: Fraction = 0.1,
    split_seed: Whole = 0,
    in_memory: bool = True,
    workers: Whole = 0,
    augment: Augmentation | None = None,
) -> Data:
    """Return Fashion-MNIST: inputs uint8 [n, 1, 28, 28].

    Args:
        folder: Holds ``FashionMNIST/raw/<file>[.gz]`` (torchvision's layout) or the files themselves. Without it the
            Debian package ``dataset-fashion-mnist`` and the user's cache are looked at.
        download: Fetch what is not found into the user's cache, with a checksum.
        valid: Share of the training images held out for validation.
        split_seed: Decides which images; separate from the training seed.
        in_memory: False reads row by row through the loader.
        workers: Loader processes when not in memory.
        augment: Random changes of the training images.
    """

    def load() -> Splits:
        places = [Path(folder)] if folder else [DEBIAN, cache()]
        found = [locate(name, places, download and not folder) for name in SHA256]
        images, labels, test_images, test_labels = (read(path) for path in found)
        return hold_out(
            pair(images, labels),
            pair(test_images, test_labels),
            valid=valid,
            seed=split_seed,
            source=str(found[0].parent),
            in_memory=in_memory,
        )

    return Data("fashion_mnist", (1, 28, 28), CLASSES, load, augment, workers)


def locate(name: str, places: list[Path], download: bool) -> Path:
    """Return the file of that name in one of the places, downloaded into the last one if allowed.

    Raises:
        ValueError: It is nowhere; the message says where it was looked for.
    """
    for place in places:
        for folder in (place, place / "FashionMNIST" / "raw"):
            for path in (folder / name, folder / f"{name}.gz"):
                if path.is_file():
                    return path
    if download:
        return fetch(f"{URL}/{name}.gz", places[-1] / "FashionMNIST" / "raw" / f"{name}.gz", SHA256[name])
    looked = " and ".join(str(place) for place in places)
    raise ValueError(f"Fashion-MNIST is not in {looked}: {name}[.gz] is missing (see dataset.folder)")


def pair(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return inputs [n, 1, h, w] and int64 labels.

    Raises:
        ValueError: The numbers of images and labels differ, or a label is no class.
    """
    if len(images) != len(labels) or (len(labels) and int(labels.max()) >= len(CLASSES)):
        raise ValueError(f"{len(images)} images and {len(labels)} labels do not belong together")
    return images.unsqueeze(1), labels.long()
