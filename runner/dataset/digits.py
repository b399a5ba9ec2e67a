"""Handwritten digits, 1,797 images of 8x8 pixels, shipped inside scikit-learn: nothing to download.

Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998.
"""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy
import torch

from runner.dataset.data import Augmentation, Data, Splits
from runner.dataset.image.stated import of_images
from runner.dataset.keep import Portion, kept_names
from runner.dataset.split import hold_out, stratified
from runner.types import Fraction, Whole

CLASSES = tuple("0123456789")


def digits(
    valid: Fraction = 0.15,
    test: Fraction = 0.2,
    split_seed: Whole = 0,
    keep: list[Whole] | None = None,
    fraction: Portion = 1.0,
    sampling: Literal["balanced"] | None = None,
    augment: Augmentation | None = None,
) -> Data:
    """Return the digits: inputs uint8 [n, 1, 8, 8] with values 0 to 16, ten classes.

    Args:
        valid: Share of what is not test that is held out for validation.
        test: Share of all images that is the test set.
        split_seed: Decides which images; separate from the training seed.
        keep: Only these classes, numbered anew in this order; null: all.
        fraction: How much of each class is left in the training part: for experiments with little data.
        sampling: ``balanced`` draws each class equally often in training.
        augment: Random changes of the training images.
    """

    def load() -> Splits:
        spec = find_spec("sklearn")  # only located: importing scikit-learn would cost more than training an epoch
        if spec is None or spec.origin is None:
            raise ValueError("dataset=digits lies inside scikit-learn, which is not installed")
        path = Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz"
        with gzip.open(path, "rt") as file:
            table = torch.from_numpy(numpy.loadtxt(file, delimiter=",", dtype=numpy.uint8))
        images, labels = table[:, :-1].reshape(-1, 1, 8, 8), table[:, -1].long()
        rest, held = stratified(labels, test, split_seed)
        return hold_out(
            (images[rest], labels[rest]),
            (images[held], labels[held]),
            valid=valid,
            seed=split_seed,
            source="scikit-learn",
            keep=keep,
            fraction=fraction,
        )

    return of_images("digits", (1, 8, 8), kept_names(CLASSES, keep), load, augment, sampling=sampling, white=16)
