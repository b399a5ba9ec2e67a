"""Images read row by row: a sequence of rows for recurrent networks, each row a vector of its pixels.

Source: Le, Jaitly, Hinton, "A Simple Way to Initialize Recurrent Networks of Rectified Linear Units",
arXiv 1504.00941, which reads MNIST pixel by pixel; by rows the sequences are short enough for small machines.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from runner.dataset.data import Data


def rows(images: Data) -> Data:
    """Return an image dataset whose inputs are sequences: [channels, height, width] -> [height, channels * width].

    Args:
        images: The dataset, augmented and normalised as images are.

    Raises:
        ValueError: Its inputs are no images.
    """
    if len(images.shape) != 3:
        raise ValueError(f"only images have rows, but inputs of {images.name} have shape {list(images.shape)}")
    channels, height, width = images.shape
    return replace(images, name=f"rows of {images.name}", shape=(height, channels * width), view=by_rows)


def by_rows(inputs: Tensor) -> Tensor:
    """Return images [n, channels, height, width] as sequences [n, height, channels * width]."""
    return inputs.transpose(1, 2).flatten(2)
