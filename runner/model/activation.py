"""Activations by name."""

from typing import Literal

from torch import nn

Activation = Literal["relu", "gelu", "silu", "tanh", "leaky_relu"]


def activation(name: Activation) -> nn.Module:
    """Return a new layer of the named activation."""
    layers: dict[str, type[nn.Module]] = {
        "relu": nn.ReLU,
        "gelu": nn.GELU,
        "silu": nn.SiLU,
        "tanh": nn.Tanh,
        "leaky_relu": nn.LeakyReLU,
    }
    return layers[name]()
