"""The convolutional network: stages of 3x3 convolutions, each halving the image."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from runner.model.activation import Activation
from runner.model.activation import activation as layer
from runner.types import Count, Fraction


class CNN(nn.Module):
    """For each width, ``depth`` times (3x3 convolution, batch norm, activation) and a 2x2 max pool; then the mean
    over positions, dropout and a linear classifier.

    Source: the plain stacks of Simonyan, Zisserman, "Very Deep Convolutional Networks", arXiv 1409.1556, with batch
    normalisation (arXiv 1502.03167) and global average pooling (arXiv 1312.4400).

    Args:
        in_shape: (channels, height, width) of one image.
        classes: Number of outputs.
        widths: Channels of each stage; the image is halved after each.
        depth: Convolutions in a stage.
        batch_norm: Normalise after each convolution (which then has no bias of its own).
        dropout: Share of the pooled features set to zero in training.
        activation: After each convolution.

    Raises:
        ValueError: The input is no image, or too small for so many stages.
    """

    def __init__(
        self,
        in_shape: Sequence[int],
        classes: int,
        widths: list[Count],
        depth: Count = 2,
        batch_norm: bool = True,
        dropout: Fraction = 0.0,
        activation: Activation = "relu",
    ) -> None:
        super().__init__()
        if len(in_shape) != 3:
            raise ValueError(f"needs images of (channels, height, width), got inputs of shape {tuple(in_shape)}")
        if not widths:
            raise ValueError("model.widths needs at least one stage, got []")
        channels, *size = in_shape
        if min(size) < 2 ** len(widths):
            raise ValueError(
                f"{len(widths)} stages halve {size[0]}x{size[1]} pixels to nothing: "
                f"give model.widths at most {min(size).bit_length() - 1} entries"
            )
        layers: list[nn.Module] = []
        for width in widths:
            for _ in range(depth):
                layers.append(nn.Conv2d(channels, width, 3, padding=1, bias=not batch_norm))
                layers += [nn.BatchNorm2d(width)] if batch_norm else []
                layers.append(layer(activation))
                channels = width
            layers.append(nn.MaxPool2d(2))
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        layers += [nn.Dropout(dropout)] if dropout else []
        self.layers = nn.Sequential(*layers, nn.Linear(channels, classes))

    def forward(self, inputs: Tensor) -> Tensor:
        """Map images [n, channels, height, width] to scores [n, classes]."""
        outputs: Tensor = self.layers(inputs)
        return outputs
