"""The multilayer perceptron: fully connected layers over the flattened input."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from torch import Tensor, nn

from runner.model.activation import Activation
from runner.model.activation import activation as layer
from runner.types import Count, Fraction


class MLP(nn.Module):
    """Flatten, then (linear, activation, dropout) per width, then a linear classifier.

    Source: Rumelhart, Hinton, Williams, "Learning representations by back-propagating errors", Nature 323, 1986.

    Args:
        in_shape: Of one input; any number of dimensions.
        classes: Number of outputs.
        widths: Of the hidden layers; an empty list is a linear classifier.
        dropout: Share of the hidden activations set to zero in training.
        activation: Between the layers.
    """

    def __init__(
        self,
        in_shape: Sequence[int],
        classes: int,
        widths: list[Count],
        dropout: Fraction = 0.0,
        activation: Activation = "relu",
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Flatten()]
        features = prod(in_shape)
        for width in widths:
            layers += [nn.Linear(features, width), layer(activation)]
            layers += [nn.Dropout(dropout)] if dropout else []
            features = width
        self.layers = nn.Sequential(*layers, nn.Linear(features, classes))

    def forward(self, inputs: Tensor) -> Tensor:
        """Map inputs [n, *in_shape] to scores [n, classes]."""
        outputs: Tensor = self.layers(inputs)
        return outputs
