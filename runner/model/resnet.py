"""Residual networks with pre-activation blocks: small ones, the ResNets for CIFAR and the wide ones."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from runner.model.activation import Activation
from runner.model.activation import activation as layer
from runner.types import Count, Fraction


class Block(nn.Module):
    """Batch norm, activation, 3x3 convolution, twice (dropout before the second convolution), plus a shortcut.

    Where the number of channels or the size of the image changes, the shortcut is a 1x1 convolution of the first
    activation, as in the code of both papers; elsewhere it is the input itself.

    Args:
        channels: Of the input.
        width: Channels of the output.
        stride: Of the first convolution; 2 halves the image.
        dropout: Share set to zero between the convolutions.
        activation: Before each convolution.
    """

    def __init__(
        self, channels: int, width: int, stride: int = 1, dropout: float = 0.0, activation: Activation = "relu"
    ) -> None:
        super().__init__()
        self.before = nn.Sequential(nn.BatchNorm2d(channels), layer(activation))
        self.body = nn.Sequential(
            nn.Conv2d(channels, width, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(width),
            layer(activation),
            *([nn.Dropout(dropout)] if dropout else []),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
        )
        changes = stride != 1 or channels != width
        self.shortcut = nn.Conv2d(channels, width, 1, stride, bias=False) if changes else None

    def forward(self, inputs: Tensor) -> Tensor:
        """Map [n, channels, height, width] to [n, width, height / stride, width / stride]."""
        active = self.before(inputs)
        outputs: Tensor = self.body(active) + (inputs if self.shortcut is None else self.shortcut(active))
        return outputs


class ResNet(nn.Module):
    """A 3x3 convolution, stages of pre-activation blocks, then batch norm, activation, the mean over positions and a
    linear classifier.

    Source: He et al., "Identity Mappings in Deep Residual Networks", arXiv 1603.05027. Three stages of 16, 32 and 64
    channels and depth n are the ResNet-(6n + 2) of He et al., arXiv 1512.03385, section 4.2, except that blocks are
    pre-activation ones here and shortcuts between stages 1x1 convolutions. ``widen`` k and depth n give the
    WRN-(6n + 4)-k of Zagoruyko, Komodakis, "Wide Residual Networks", arXiv 1605.07146.

    Args:
        in_shape: (channels, height, width) of one image.
        classes: Number of outputs.
        widths: Channels of each stage; every stage but the first halves the image.
        depth: Blocks in a stage.
        stem: Channels of the first convolution.
        widen: Multiplies ``widths``.
        dropout: Share set to zero between the two convolutions of a block.
        pool_stem: Halve the image by a 2x2 max pool right after the first convolution: a quarter of the work.
        activation: Before each convolution but the first.

    Raises:
        ValueError: The input is no image, or too small for so many stages.
    """

    def __init__(
        self,
        in_shape: Sequence[int],
        classes: int,
        widths: list[Count],
        depth: Count = 3,
        stem: Count = 16,
        widen: Count = 1,
        dropout: Fraction = 0.0,
        pool_stem: bool = False,
        activation: Activation = "relu",
    ) -> None:
        super().__init__()
        if len(in_shape) != 3:
            raise ValueError(f"needs images of (channels, height, width), got inputs of shape {tuple(in_shape)}")
        if not widths:
            raise ValueError("model.widths needs at least one stage, got []")
        colours, *size = in_shape
        pixels = min(size) // 2 if pool_stem else min(size)
        if pixels < 1 or (pixels - 1).bit_length() < len(widths) - 1:  # a stride rounds halves up
            ways = "fewer model.widths or model.pool_stem=false" if pool_stem else "fewer model.widths"
            raise ValueError(f"{len(widths)} stages halve {size[0]}x{size[1]} pixels to nothing: give {ways}")
        layers: list[nn.Module] = [nn.Conv2d(colours, stem, 3, padding=1, bias=False)]
        layers += [nn.MaxPool2d(2)] if pool_stem else []
        channels = stem
        for stage, width in enumerate(widths):
            for i in range(depth):
                stride = 2 if stage and not i else 1
                layers.append(Block(channels, width * widen, stride, dropout, activation))
                channels = width * widen
        layers += [nn.BatchNorm2d(channels), layer(activation), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        self.layers = nn.Sequential(*layers, nn.Linear(channels, classes))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, inputs: Tensor) -> Tensor:
        """Map images [n, channels, height, width] to scores [n, classes]."""
        outputs: Tensor = self.layers(inputs)
        return outputs
