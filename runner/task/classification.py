"""Classification: one label per sample."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from runner.task.base import Task, named, precise, tally
from runner.types import Fraction, Positive

TOP = 5
"""Answers among which the right one is looked for by ``top5``: of so many classes it would always be there."""


class Classification(Task):
    """Cross-entropy, with accuracy, F1 and recall averaged over the classes, and of 6 classes or more top-5 accuracy.

    Args:
        label_smoothing: Share of the target that is spread evenly over all classes (Szegedy et al., arXiv
            1512.00567, section 7); in the training loss only.
        class_weight: Weight of each class in the training loss, in the order of the labels; "balanced" is
            n / (classes * count of the class), as scikit-learn computes it. null: all the same.
        counts: Training samples of each class; stated by the dataset.

    Raises:
        ValueError: There are more or fewer weights than classes.
    """

    directions: ClassVar[dict[str, str]] = {
        "accuracy": "max", "loss": "min", "top5": "max", "f1": "max", "recall": "max",
    }  # fmt: skip

    def __init__(
        self,
        label_smoothing: Fraction = 0.0,
        class_weight: Literal["balanced"] | list[Positive] | None = None,
        counts: Tensor | None = None,
    ) -> None:
        self.label_smoothing = label_smoothing
        self.weight = class_weights(class_weight, counts)
        self.classes = None if counts is None else len(counts)

    def check_valid(self, metric: str, targets: Tensor) -> None:
        """Raise ``ValueError`` if every answer is among the best five."""
        if metric == "top5" and self.classes is not None and self.classes <= TOP:
            raise ValueError(f"the objective valid/top5 is always 1 of {self.classes} classes: use valid/accuracy")

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean training loss in nats.

        Args:
            outputs: Scores [n, classes].
            targets: Labels, int64 [n], or blended ones, float [n, classes].
        """
        if outputs.dim() != 2:
            raise ValueError("needs scores for a whole sample, the model gives some at every position")
        if targets.dim() == 1 and targets.is_floating_point():
            raise ValueError("needs labels of classes, the targets are numbers: use task=regression")
        if self.weight is not None and self.weight.device != outputs.device:
            self.weight = self.weight.to(outputs.device)
        return cross_entropy(outputs, targets, weight=self.weight, label_smoothing=self.label_smoothing)

    def mass(self, targets: Tensor) -> float | Tensor:
        """Return the sum of the weights of the labels; blended ones have weight 1, as in torch."""
        if self.weight is None or targets.dim() == 2:
            return len(targets)
        return self.weight.to(targets.device)[targets].sum()

    def expects(self, targets: Tensor, classes: int) -> tuple[int, ...]:
        """Return the shape of a score for each class: [n, classes]."""
        return (*targets.shape, classes)

    def measure(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return the sums of a batch: loss, top-5 hits, and the confusion matrix [true, predicted]."""
        outputs = outputs.float()
        classes = outputs.shape[1]
        best = outputs.topk(min(TOP, classes), dim=1).indices
        pairs = targets * classes + best[:, 0]
        return {
            "loss": precise(cross_entropy(outputs, targets, reduction="sum")),
            **({"top5": (best == targets.unsqueeze(1)).sum()} if classes > TOP else {}),
            "confusion": tally(pairs, classes * classes),
        }

    def summarise(self, sums: dict[str, Tensor]) -> dict[str, float]:
        """Return the metrics of the summed batches.

        F1 is the unweighted mean over the classes that occur or were predicted, 2 TP / (2 TP + FP + FN), as
        ``sklearn.metrics.f1_score(average="macro")`` computes it; recall is the mean over the classes that occur
        (``balanced_accuracy_score``).
        """
        classes = round(len(sums["confusion"]) ** 0.5)
        confusion = precise(sums["confusion"]).view(classes, classes)
        count = confusion.sum()
        hits, true = confusion.diagonal(), confusion.sum(1)
        support = confusion.sum(0) + true
        f1 = (2 * hits / support.clamp_min(1))[support > 0].mean()
        recall = (hits / true.clamp_min(1))[true > 0].mean()
        found = {"accuracy": hits.sum() / count, "loss": sums["loss"] / count}
        found |= {"top5": sums["top5"] / count} if "top5" in sums else {}
        found |= {"f1": f1, "recall": recall}
        return named(tuple(found), list(found.values()))

    def reading(self) -> str:
        """Return in words what ``predict`` does."""
        return "a score for each class; softmax makes probabilities of them"

    def predict(self, outputs: Tensor) -> Tensor:
        """Return the probability of each class, [n, classes]."""
        return outputs.softmax(1)


def class_weights(chosen: Literal["balanced"] | list[float] | None, counts: Tensor | None) -> Tensor | None:
    """Return the weight of each class, float32 [classes], or None for equal weights.

    Raises:
        ValueError: There are more or fewer weights than classes.
    """
    if chosen is None or (chosen == "balanced" and counts is None):  # a check knows no counts
        return None
    if chosen == "balanced":
        assert counts is not None
        return counts.sum() / (len(counts) * counts.clamp_min(1).float())
    if counts is not None and len(chosen) != len(counts):
        raise ValueError(f"task.class_weight has {len(chosen)} weights, the dataset has {len(counts)} classes")
    return torch.tensor(chosen, dtype=torch.float32)
