"""What the models of sequences share: which inputs they take, and where padded tokens end."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

PADDING = 0
"""The token that fills up texts which are shorter than the longest."""


def check_sequence(in_shape: Sequence[int], vocabulary: int, next_token: bool) -> None:
    """Refuse what is no sequence of tokens or of feature vectors.

    Raises:
        ValueError: The inputs are images, a table, or something else without an order.
    """
    shape = tuple(in_shape)
    if vocabulary and len(shape) != 1:
        raise ValueError(f"needs tokens of shape (length,), got tokens of shape {shape}")
    if next_token and not vocabulary:
        raise ValueError("the next token can be predicted where inputs are tokens only, got a vocabulary of 0")
    if not vocabulary and len(shape) == 3:
        raise ValueError(f"reads sequences, not images of (channels, height, width) {shape}: use dataset=rows")
    if not vocabulary and len(shape) != 2:
        raise ValueError(f"needs tokens, or sequences of (length, features), got inputs of shape {shape}")


def lengths(tokens: Tensor) -> Tensor:
    """Return how many tokens [n, length] come before the padding, int64 [n]; at least one, so that a mean exists."""
    places = torch.arange(1, tokens.shape[1] + 1, device=tokens.device)
    return ((tokens != PADDING) * places).amax(1).clamp_min(1)


def reverse(values: Tensor, count: Tensor) -> Tensor:
    """Turn the first ``count`` [n] places of values [n, length, features] round and leave the padding behind them.

    Doing it twice gives the values back.
    """
    places = torch.arange(values.shape[1], device=values.device)
    last = count.unsqueeze(1) - 1
    index = torch.where(places <= last, last - places, places)
    return values.gather(1, index.unsqueeze(2).expand_as(values))
