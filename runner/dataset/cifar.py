"""CIFAR-10 and CIFAR-100: 50,000 training and 10,000 test photographs, 32x32 pixels, colour.

Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", University of Toronto, 2009. The version
for Python; checksums: torchvision.
"""

from __future__ import annotations

from typing import Literal

from runner.dataset.data import Augmentation, Data
from runner.dataset.image.cifar_files import read
from runner.dataset.image.published import Part, published
from runner.dataset.keep import Portion
from runner.dataset.locate import Home
from runner.types import Folder, Fraction, Whole

TEN = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
HUNDRED = tuple(
    """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
    caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant
    flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree
    motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate
    poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider
    squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle
    wardrobe whale willow_tree wolf woman worm
    """.split()  # noqa: SIM905  # a hundred quotes would be no clearer
)
URL = "https://www.cs.toronto.edu/~kriz"
HOME_10 = Home("CIFAR-10", "", URL, {"cifar-10-python.tar.gz": "md5:c58f30108f718f92721af3b95e74349a"})
HOME_100 = Home("CIFAR-100", "", URL, {"cifar-100-python.tar.gz": "md5:eb9058c3a382ffc7106e4002c42a8d85"})


def cifar10(
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
    """Return CIFAR-10: inputs uint8 [n, 3, 32, 32], ten classes.

    Args:
        folder: Holds ``cifar-10-batches-py/`` (torchvision's layout) or ``cifar-10-python.tar.gz``. Without it the
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

    def load() -> tuple[Part, Part, str]:
        path = HOME_10.find(folder, download, "cifar-10-batches-py", "cifar-10-python.tar.gz")
        batches = [f"data_batch_{n}" for n in range(1, 6)]
        return *read(path, "cifar-10-batches-py", batches, "test_batch", len(TEN)), str(path)

    return published(
        "cifar10",
        (3, 32, 32),
        TEN,
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


def cifar100(
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
    """Return CIFAR-100: inputs uint8 [n, 3, 32, 32], a hundred classes (the fine ones).

    Args:
        folder: Holds ``cifar-100-python/`` (torchvision's layout) or ``cifar-100-python.tar.gz``. Without it the
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

    def load() -> tuple[Part, Part, str]:
        path = HOME_100.find(folder, download, "cifar-100-python", "cifar-100-python.tar.gz")
        return *read(path, "cifar-100-python", ["train"], "test", len(HUNDRED)), str(path)

    return published(
        "cifar100",
        (3, 32, 32),
        HUNDRED,
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
