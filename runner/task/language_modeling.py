"""Language modelling: the token that follows, at every position."""

from __future__ import annotations

from math import log
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import cross_entropy

from runner.task.base import Task, named, precise
from runner.types import Fraction

NO_TOKEN = -100
"""A target that is not there: the end of a stream that is shorter than its neighbours."""


class LanguageModeling(Task):
    """Cross-entropy of the next token: in nats, as perplexity e^loss, and in bits per character loss / ln 2.

    Args:
        label_smoothing: Share of the target that is spread evenly over all tokens; in the training loss only.
    """

    directions: ClassVar[dict[str, str]] = {"loss": "min", "perplexity": "min", "bpc": "min", "accuracy": "max"}

    def __init__(self, label_smoothing: Fraction = 0.0) -> None:
        self.label_smoothing = label_smoothing

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean training loss in nats: outputs [n, length, tokens] are scores, targets int64 [n, length].

        Raises:
            ValueError: There is not one target at every position.
        """
        if targets.dim() != 2 or outputs.dim() != 3:
            raise ValueError("needs a target at every position: use it with dataset=text")
        return cross_entropy(
            outputs.flatten(0, 1), targets.flatten(), ignore_index=NO_TOKEN, label_smoothing=self.label_smoothing
        )

    def expects(self, targets: Tensor, classes: int) -> tuple[int, ...]:
        """Return the shape of a score for each token at every position: [n, length, tokens]."""
        return (*targets.shape, classes)

    def measure(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return the sums of a batch: loss, hits and the number of targets that are there."""
        scores, truth = outputs.flatten(0, 1).float(), targets.flatten()
        return {
            "loss": precise(cross_entropy(scores, truth, ignore_index=NO_TOKEN, reduction="sum")),
            "hits": (scores.argmax(1) == truth).sum(),
            "count": (truth != NO_TOKEN).sum(),
        }

    def summarise(self, sums: dict[str, Tensor]) -> dict[str, float]:
        """Return the metrics of the summed batches."""
        loss = sums["loss"] / sums["count"]
        values = [loss, loss.exp(), loss / log(2), sums["hits"] / sums["count"]]
        return named(("loss", "perplexity", "bpc", "accuracy"), values)

    def reading(self) -> str:
        """Return in words what ``predict`` does."""
        return "a score for each token at every position; softmax makes the probabilities of the next token of them"

    def predict(self, outputs: Tensor) -> Tensor:
        """Return the probability of each token at every position."""
        return outputs.softmax(-1)

    def count(self, targets: Tensor) -> int:
        """Return the number of tokens."""
        return targets.numel()
