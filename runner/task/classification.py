"""Classification: one label per sample."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from runner.types import Fraction


class Classification:
    """Cross-entropy, with accuracy, top-5 accuracy and macro-averaged F1.

    ``measure`` returns sums, so that batches, and later processes, are combined by adding; they stay on the
    device, and ``summarise`` reads them once.

    Args:
        label_smoothing: Share of the target that is spread evenly over all classes (Szegedy et al., arXiv
            1512.00567, section 7); in the training loss only.
    """

    directions: ClassVar[dict[str, str]] = {"accuracy": "max", "loss": "min", "top5": "max", "f1": "max"}
    """Every metric and the direction in which it is better; the first one is the default objective."""

    def __init__(self, label_smoothing: Fraction = 0.0) -> None:
        self.label_smoothing = label_smoothing

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean training loss in nats: outputs [n, classes] are scores, targets int64 [n]."""
        return cross_entropy(outputs, targets, label_smoothing=self.label_smoothing)

    def measure(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return the sums of a batch: loss, top-5 hits, and the confusion matrix [true, predicted]."""
        outputs = outputs.float()
        classes = outputs.shape[1]
        best = outputs.topk(min(5, classes), dim=1).indices
        pairs = targets * classes + best[:, 0]
        return {
            "loss": cross_entropy(outputs, targets, reduction="sum").double(),
            "top5": (best == targets.unsqueeze(1)).sum(),
            "confusion": torch.bincount(pairs, minlength=classes * classes),
        }

    def summarise(self, sums: dict[str, Tensor]) -> dict[str, float]:
        """Return the metrics of the summed batches.

        F1 is the unweighted mean over the classes that occur or were predicted, 2 TP / (2 TP + FP + FN), as
        ``sklearn.metrics.f1_score(average="macro")`` computes it.
        """
        classes = round(len(sums["confusion"]) ** 0.5)
        confusion = sums["confusion"].double().view(classes, classes)
        count = confusion.sum()
        hits = confusion.diagonal()
        support = confusion.sum(0) + confusion.sum(1)
        f1 = (2 * hits / support.clamp_min(1))[support > 0].mean()
        values = torch.stack([hits.sum() / count, sums["loss"] / count, sums["top5"] / count, f1])
        return dict(zip(("accuracy", "loss", "top5", "f1"), values.tolist(), strict=True))
