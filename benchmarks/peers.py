"""Who is measured, found by name; a peer that is not installed is left out, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    "ignite, lean": ("benchmarks.ignite_peer", "ignite"),
    "ignite": ("benchmarks.ignite_peer", "ignite"),
    "accelerate": ("benchmarks.accelerate_peer", "accelerate"),
    "lightning, lean": ("benchmarks.lightning_peer", "lightning"),
    "lightning": ("benchmarks.lightning_peer", "lightning"),
    "fastai, lean": ("benchmarks.fastai_peer", "fastai"),
    "fastai": ("benchmarks.fastai_peer", "fastai"),
    "torchvision + DataLoader": ("benchmarks.torchvision_peer", "torchvision"),
}
"""Name: (module, what it needs)."""

DEVICE = {**MODULES, "bare": ("benchmarks.bare_gpu", "torch")}
"""Those that are measured on a GPU, with a hand-written loop for it."""
del DEVICE["torchvision + DataLoader"]


def installed(name: str) -> bool:
    """Tell whether a peer can be measured here."""
    return find_spec(MODULES[name][1]) is not None


def find(name: str, modules: Mapping[str, tuple[str, str]] = MODULES) -> Train:
    """Return a peer's ``train(problem, steps, pace)``; what it needs is imported only now."""
    train: Train = import_module(modules[name][0]).PEERS[name]
    return train
