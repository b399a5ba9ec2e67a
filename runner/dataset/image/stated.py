"""What every dataset of images states: how a picture becomes one of its inputs, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from runner.dataset.data import Augmentation, Data, Splits
from runner.dataset.image.files import from_pictures
from runner.dataset.image.picture import Shape
from runner.dataset.image.told import code, preparation


def of_images(
    name: str,
    shape: Shape,
    classes: tuple[str, ...],
    load: Callable[[], Splits],
    augment: Augmentation | None,
    *,
    workers: int = 0,
    sampling: Literal["balanced"] | None = None,
    white: int = 255,
) -> Data:
    """Return a dataset that takes pictures, and says what is done to them; for the arguments see ``Data``.

    Args:
        name, classes, load, augment, workers, sampling: As of ``Data``.
        shape: Of a stored image, (channels, height, width).
        white: The value that stands for white.
    """
    return Data(
        name,
        shape,
        classes,
        load,
        augment,
        workers,
        sampling=sampling,
        encode=from_pictures(shape, white),
        preparation=preparation(shape, white),
        code=code(shape, white),
    )
