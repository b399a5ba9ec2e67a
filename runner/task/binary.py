"""Binary classification: one score per sample, ranked by the area under the ROC curve."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from runner.task.base import Task, named, one_column, precise, tally
from runner.types import Positive, Share

KEYS = 1 << 16
"""Scores are ranked by their half-precision value: so many different ones there are."""


class Binary(Task):
    """Cross-entropy of one logit, with the area under the ROC curve, and precision, recall and F1 of class 1.

    Args:
        class_weight: Weights of class 0 and of class 1 in the training loss; "balanced" is n / (2 * count of the
            class), as scikit-learn computes it. null: both 1.
        threshold: A probability from here on counts as class 1.
        counts: Training samples of each class; stated by the dataset.

    Raises:
        ValueError: The dataset has other than two classes, or there are other than two weights.
    """

    directions: ClassVar[dict[str, str]] = {
        "auc": "max", "accuracy": "max", "loss": "min", "f1": "max", "precision": "max", "recall": "max",
    }  # fmt: skip
    outputs: ClassVar[int | None] = 1

    def __init__(
        self,
        class_weight: Literal["balanced"] | list[Positive] | None = None,
        threshold: Share = 0.5,
        counts: Tensor | None = None,
    ) -> None:
        if counts is not None and len(counts) != 2:
            raise ValueError(f"tells two classes apart, the dataset has {len(counts)}: use task=classification")
        if isinstance(class_weight, list) and len(class_weight) != 2:
            raise ValueError(f"task.class_weight has {len(class_weight)} weights, task=binary has 2 classes")
        if class_weight == "balanced":
            class_weight = None if counts is None else (counts.sum() / (2 * counts.clamp_min(1))).tolist()
        self.zero, self.one = class_weight or (1.0, 1.0)
        self.threshold = threshold
        self.cut = float(torch.logit(torch.tensor(threshold)))

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean training loss in nats.

        Args:
            outputs: Logits of class 1, [n, 1].
            targets: Labels, int64 [n], or blended ones, float [n, 2].
        """
        logits, truth = one_column(outputs), self.truth(targets)
        losses = binary_cross_entropy_with_logits(logits, truth, reduction="none")
        weights = self.weights(truth)
        return (losses * weights).sum() / weights.sum()

    def weights(self, truth: Tensor) -> Tensor:
        """Return the weight of each sample in the training loss."""
        return self.zero + (self.one - self.zero) * truth

    def mass(self, targets: Tensor) -> float | Tensor:
        """Return the sum of the weights."""
        return self.weights(self.truth(targets)).sum()

    def truth(self, targets: Tensor) -> Tensor:
        """Return the probability of class 1, float32 [n].

        Raises:
            ValueError: The targets are no labels.
        """
        if targets.dim() == 1 and targets.is_floating_point():
            raise ValueError("needs labels of two classes, the targets are numbers: use task=regression")
        return targets[:, 1] if targets.dim() == 2 else targets.float()

    def check_valid(self, metric: str, targets: Tensor) -> None:
        """Raise ``ValueError`` if there is no area because one of the classes is missing."""
        if metric == "auc" and len(targets.unique()) < 2:
            raise ValueError(
                "the objective valid/auc needs both classes in the validation part, it has one: see dataset.valid"
            )

    def measure(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return the sums of a batch: loss, the table [true, predicted], and how often each score occurred."""
        logits = one_column(outputs).float()
        predicted = (logits >= self.cut).long()
        key = rank_key(logits)
        return {
            "loss": precise(binary_cross_entropy_with_logits(logits, targets.float(), reduction="sum")),
            "confusion": tally(targets * 2 + predicted, 4),
            "scores": tally(targets * KEYS + key, 2 * KEYS),
        }

    def summarise(self, sums: dict[str, Tensor]) -> dict[str, float]:
        """Return the metrics of the summed batches; without both classes the area is NaN."""
        tn, fp, fn, tp = precise(sums["confusion"])
        count = tn + fp + fn + tp
        values = [
            area(sums["scores"].view(2, KEYS).cpu()).to(count),
            (tn + tp) / count,
            sums["loss"] / count,
            2 * tp / (2 * tp + fp + fn).clamp_min(1),
            tp / (tp + fp).clamp_min(1),
            tp / (tp + fn).clamp_min(1),
        ]
        return named(("auc", "accuracy", "loss", "f1", "precision", "recall"), values)

    def reading(self) -> str:
        """Return in words what ``predict`` does."""
        return (
            f"the logit of the second class; sigmoid makes its probability, from {self.threshold:g} on it is that class"
        )

    def predict(self, outputs: Tensor) -> Tensor:
        """Return the probability of both classes, [n, 2]."""
        one = one_column(outputs).sigmoid()
        return torch.stack([1 - one, one], dim=1)

    def label(self, values: Tensor) -> Tensor:
        """Return 1 where the probability of class 1 reaches the threshold."""
        return (values[:, 1] >= self.threshold).long()


def rank_key(scores: Tensor) -> Tensor:
    """Return whole numbers in [0, 65536) in the order of the scores: the bits of their half-precision values.

    Bits of positive floats are in order already; those of negative ones are in reverse. So that scores are counted
    instead of kept, and batches and processes add up; scores that half precision cannot tell apart count as ties.
    """
    scores = scores.clamp(-65504.0, 65504.0) + 0.0  # the largest half-precision number; and -0 is 0
    bits = scores.half().view(torch.int16).long()
    return torch.where(bits >= 0, bits + KEYS // 2, -bits - 1)


def area(counts: Tensor) -> Tensor:
    """Return the area under the ROC curve from how often each score occurred, [2, scores] in ascending order.

    The share of pairs of a positive and a negative that are in order, ties counted half (Hanley, McNeil, "The
    meaning and use of the area under a receiver operating characteristic curve", Radiology 143, 1982).
    """
    negative, positive = counts.double()
    below = negative.cumsum(0) - negative
    in_order = (positive * (below + negative / 2)).sum()
    share: Tensor = in_order / (negative.sum() * positive.sum())
    return share
