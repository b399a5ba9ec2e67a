"""The global random generators: seeded together, written down, and put back."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy
import torch


def seed_all(seed: int) -> None:
    """Seed every global random generator: weights and dropout draw from torch's, users' code from any of them."""
    torch.manual_seed(seed)
    random.seed(seed)
    numpy.random.seed(seed % 2**32)


def random_state() -> dict[str, Any]:
    """Return the state of every global random generator, as tensors and numbers."""
    numbers = numpy.random.get_state(legacy=False)
    return {
        "torch": torch.get_rng_state(),
        "cuda": [torch.cuda.get_rng_state()] if torch.cuda.is_initialized() else [],
        "python": random.getstate(),
        "numpy": {
            "key": torch.from_numpy(numbers["state"]["key"].astype("int64")),
            "position": int(numbers["state"]["pos"]),
            "has_gauss": int(numbers["has_gauss"]),
            "gauss": float(numbers["gauss"]),
        },
    }


def restore_random(state: Mapping[str, Any]) -> None:
    """Put the global random generators back."""
    torch.set_rng_state(state["torch"])
    if state["cuda"] and torch.cuda.is_initialized():
        kept, here = state["cuda"], torch.cuda.current_device()
        torch.cuda.set_rng_state(kept[here] if here < len(kept) else kept[0])  # several: of an older file
    random.setstate(state["python"])
    numbers = state["numpy"]
    key = numbers["key"].numpy().astype("uint32")
    numpy.random.set_state(("MT19937", key, numbers["position"], numbers["has_gauss"], numbers["gauss"]))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Leave the global random generators as they are, whatever is drawn meanwhile, and however that ends."""
    before = random_state()
    try:
        yield
    finally:
        restore_random(before)
