"""The convolutional network: stages of 3x3 convolutions, each halving the image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import Tensor, nn

from runner.model.activation import Activation
from runner.model.activation import activation as layer
from runner.types import Count, Fraction


class CNN(nn.Module):
    """For each width, ``depth`` times (3x3 convolution, batch norm, activation) and a 2x2 max pool; then the mean
    over positions, dropout and a linear classifier.

    Source: the plain stacks of Simonyan, Zisserman, "Very Deep Convolutional Networks", arXiv 1409.1556, with batch
    normalisation (arXiv 1502.03167) and global average pooling (arXiv 1312.4400); strides instead of pools as in
    Springenberg et al., "Striving for Simplicity", arXiv 1412.6806.

    Args:
        in_shape: (channels, height, width) of one image.
        classes: Number of outputs.
        widths: Channels of each stage; the image is halved after each.
        depth: Convolutions in a stage.
        batch_norm: Normalise after each convolution (which then has no bias of its own).
        dropout: Share of the pooled features, and of the head's, set to zero in training.
        activation: After each convolution and each layer of the head.
        pool: What halves the image: the largest or the mean of 2x2 pixels, or a stride of 2 in the last convolution
            of a stage, which costs a quarter of that convolution and no pool.
        head: Widths of fully connected layers between the pooled features and the classifier; null or [] is none.

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
        pool: Literal["max", "avg", "stride"] = "max",
        head: list[Count] | None = None,
    ) -> None:
        super().__init__()
        if len(in_shape) != 3:
            raise ValueError(f"needs images of (channels, height, width), got inputs of shape {tuple(in_shape)}")
        if not widths:
            raise ValueError("model.widths needs at least one stage, got []")
        channels, *size = in_shape
        # a pool drops an odd last row, a stride keeps it: n pixels become n // 2, or half of n rounded up
        halvings = (min(size) - 1).bit_length() if pool == "stride" else min(size).bit_length() - 1
        if len(widths) > halvings:
            raise ValueError(
                f"{len(widths)} stages halve {size[0]}x{size[1]} pixels to nothing: "
                f"give model.widths at most {halvings} entries"
            )
        layers: list[nn.Module] = []
        for width in widths:
            for i in range(depth):
                stride = 2 if pool == "stride" and i == depth - 1 else 1
                layers.append(nn.Conv2d(channels, width, 3, stride, padding=1, bias=not batch_norm))
                layers += [nn.BatchNorm2d(width)] if batch_norm else []
                layers.append(layer(activation))
                channels = width
            if pool != "stride":
                layers.append(nn.MaxPool2d(2) if pool == "max" else nn.AvgPool2d(2))
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        layers += [nn.Dropout(dropout)] if dropout else []
        for width in head or []:
            layers += [nn.Linear(channels, width), layer(activation)]
            layers += [nn.Dropout(dropout)] if dropout else []
            channels = width
        self.layers = nn.Sequential(*layers, nn.Linear(channels, classes))

    def forward(self, inputs: Tensor) -> Tensor:
        """Map images [n, channels, height, width] to scores [n, classes]."""
        outputs: Tensor = self.layers(inputs)
        return outputs
