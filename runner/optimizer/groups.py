"""Parameter groups: what is decayed and what is not."""

from __future__ import annotations

from typing import Any

from torch import nn


def groups(model: nn.Module) -> list[dict[str, Any]]:
    """Return two parameter groups, the second without weight decay.

    Biases and the scales of normalisations (every parameter with fewer than two dimensions) are not decayed: they
    do not multiply features, so a pull to zero only distorts them (Bag of Tricks, arXiv 1812.01187, section 3.1).
    Frozen parameters are left out; an empty group is too.
    """
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    decayed = [parameter for parameter in trained if parameter.dim() >= 2]
    plain = [parameter for parameter in trained if parameter.dim() < 2]
    split: list[dict[str, Any]] = [{"params": decayed}, {"params": plain, "weight_decay": 0.0}]
    return [group for group in split if group["params"]]
