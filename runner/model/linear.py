"""The linear model: one fully connected layer over the flattened input."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from torch import Tensor, nn


class Linear(nn.Module):
    """Flatten, then one linear layer: multinomial logistic regression under cross-entropy, linear regression under
    squared error.

    Source: Cox, "The regression analysis of binary sequences", Journal of the Royal Statistical Society B 20, 1958.

    Args:
        in_shape: Of one input; any number of dimensions.
        classes: Number of outputs.
        bias: Add a constant to each output.
    """

    def __init__(self, in_shape: Sequence[int], classes: int, bias: bool = True) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(prod(in_shape), classes, bias=bias))

    def forward(self, inputs: Tensor) -> Tensor:
        """Map inputs [n, *in_shape] to scores [n, classes]."""
        outputs: Tensor = self.layers(inputs)
        return outputs
