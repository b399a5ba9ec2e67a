"""Matrix factorisation of ratings: what a user likes is a product of factors, plus biases."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from runner.types import Count


class EmbeddingDotBias(nn.Module):
    """The rating of item i by user u: constant + bias of u + bias of i + factors of u times factors of i.

    Source: Koren, Bell, Volinsky, "Matrix Factorization Techniques for Recommender Systems", IEEE Computer 42(8),
    2009, equation 4. The constant, there the mean of all ratings, is learned with the rest, since a model is not told
    the ratings. Weight decay plays the part of the regularisation of equation 5.

    Args:
        in_shape: (2,): the indices of a user and an item.
        classes: Number of outputs: 1, the rating.
        sizes: Number of users, number of items.
        factors: Of each user and item.
        range: The lowest and the highest rating: a sigmoid keeps predictions between them. It never quite reaches
            its ends, so give a little more than the data has, [0.5, 5.5] for one to five stars. null: no limit.

    Raises:
        ValueError: The inputs are not pairs of a user and an item, or ``range`` is none.
    """

    def __init__(
        self,
        in_shape: Sequence[int],
        classes: int,
        sizes: Sequence[int],
        factors: Count = 50,
        range: list[float] | None = None,  # the field's word
    ) -> None:
        super().__init__()
        if tuple(in_shape) != (2,) or len(sizes) != 2:
            raise ValueError(
                f"needs pairs of a user and an item, got inputs of shape {tuple(in_shape)} with {len(sizes)} sizes: "
                "use dataset=ratings"
            )
        if classes != 1:
            raise ValueError(f"predicts one number, the rating, not {classes}: use task=rating")
        if range is not None and (len(range) != 2 or range[0] >= range[1]):
            raise ValueError(f"model.range must be [lowest, highest], got {range}")
        self.range = None if range is None else (float(range[0]), float(range[1]))
        self.factors = nn.ModuleList(nn.Embedding(size, factors) for size in sizes)
        self.biases = nn.ModuleList(nn.Embedding(size, 1) for size in sizes)
        self.constant = nn.Parameter(torch.zeros(1))
        for table in self.factors:
            nn.init.normal_(table.weight, std=0.01)  # type: ignore[arg-type]  # near zero: biases come first
        for table in self.biases:
            nn.init.zeros_(table.weight)  # type: ignore[arg-type]

    def forward(self, inputs: Tensor) -> Tensor:
        """Map indices of users and items, int64 [n, 2], to ratings [n, 1]."""
        users, items = inputs.unbind(1)
        product = (self.factors[0](users) * self.factors[1](items)).sum(1, keepdim=True)
        rating: Tensor = self.constant + self.biases[0](users) + self.biases[1](items) + product
        if self.range is None:
            return rating
        low, high = self.range
        return low + (high - low) * torch.sigmoid(rating)
