"""Rating: how much a user likes an item, a number."""

from __future__ import annotations

from typing import Literal

from runner.task.regression import Regression


class Rating(Regression):
    """Regression of ratings as they are: a model may keep them in their range, so nothing is standardised.

    Args:
        criterion: "mse", "l1" or "huber".
    """

    def __init__(self, criterion: Literal["mse", "l1", "huber"] = "mse") -> None:
        super().__init__(criterion, standardise=False)
