"""Who is measured, found by name; a peer that is not installed is left out, in words."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

Train = Callable[..., "nn.Module"]

MODULES = {
    "bare": ("benchmarks.bare", "torch"),
    "runner": ("benchmarks.ours", "torch"),
    "fabric": ("benchmarks.fabric_peer", "lightning"),
    "accelerate": ("benchmarks.accelerate_peer", "accelerate"),
    "lightning, lean": ("benchmarks.lightning_peer", "lightning"),
    "lightning": ("benchmarks.lightning_peer", "lightning"),
    "torchvision + DataLoader": ("benchmarks.torchvision_peer", "torchvision"),
}
"""Name: (module, what it needs)."""


def installed(name: str) -> bool:
    """Tell whether a peer can be measured here."""
    return find_spec(MODULES[name][1]) is not None


def find(name: str) -> Train:
    """Return a peer's ``train(problem, steps, pace)``; what it needs is imported only now."""
    train: Train = import_module(MODULES[name][0]).PEERS[name]
    return train
