"""What is measured on a GPU: larger models, over several epochs, on synthetic pictures or on Fashion-MNIST."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain, islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from benchmarks.problem import Pace, Problem, unpaced
from runner.dataset.augment import Augment
from runner.dataset.batch import Batches
from runner.dataset.data import Batch, Splits
from runner.optimizer.groups import groups

SMOOTHING = 0.2


@dataclass(frozen=True)
class Work(Problem):
    """A model, on the device, with a batch that fills it; momentum, label smoothing and one cycle of rates.

    Args:
        model_name: "resnet18", that of torchvision with a stem for small pictures, or "airbench", see ``AirNet``.
        pictures: "noise", made here, or "fashion_mnist", augmented.
        channels: Of the pictures.
        epochs: Of the training.
        fraction: How much of each class of the real pictures is trained on.
        rate: Largest learning rate.
    """

    model_name: str = "resnet18"
    side: int = 32
    batch: int = 512
    device: str = "cuda"
    pictures: str = "noise"
    channels: int = 3
    epochs: int = 1
    fraction: float = 1.0
    rate: float = 0.2

    momentum = 0.9
    decay = 5e-4
    loss = staticmethod(partial(cross_entropy, label_smoothing=SMOOTHING))

    @property
    def lr(self) -> float:  # type: ignore[override]
        return self.rate

    @property
    def shape(self) -> tuple[int, int, int]:
        return (self.channels, self.side, self.side)

    @property
    def crop(self) -> int:
        """Pixels by which a picture is shifted at most; if any, half of them are mirrored too."""
        return 2 if self.pictures == "fashion_mnist" else 0

    def overrides(self) -> list[str]:
        """Return the same training in the words of our command line."""
        if self.pictures == "fashion_mnist":
            dataset = ["dataset=fashion_mnist", f"dataset.fraction={self.fraction}"]
            dataset += [f"dataset.augment.crop={self.crop}", "dataset.augment.flip=0.5"]
        else:
            dataset = ["dataset=noise", f"dataset.shape=[{self.channels},{self.side},{self.side}]"]
            dataset += [f"dataset.classes={self.classes}", f"dataset.samples={self.samples}"]
        own = ["model=linear", "~model.bias", "model._target_=benchmarks.airbench.AirNet"]
        return [
            *dataset,
            *(own if self.model_name == "airbench" else ["model=resnet18"]),
            f"task.label_smoothing={SMOOTHING}",
            "optimizer=sgd",
            f"optimizer.lr={self.rate}",
            f"optimizer.momentum={self.momentum}",
            f"optimizer.weight_decay={self.decay}",
            "schedule=onecycle",
            *(["hardware=gpu", "hardware.cudnn_benchmark=true"] if self.half else ["hardware=cpu"]),
            f"batch_size={self.batch}",
            f"seed={self.seed}",
            f"epochs={self.epochs}",
        ]

    @cached_property
    def splits(self) -> Splits:
        """The data; uint8 images."""
        if self.pictures == "fashion_mnist":
            from runner.dataset.fashion_mnist import fashion_mnist

            return fashion_mnist(fraction=self.fraction).load()
        from runner.dataset.noise import noise

        return noise(list(self.shape), self.classes, self.samples).load()

    @cached_property
    def batches(self) -> Batches:
        """An epoch of batches on the device, as they are handed to frameworks that bring none of their own."""
        return self.made("train", self.batch, Augment(crop=self.crop, flip=0.5) if self.crop else None)

    def made(self, part: str, size: int, augment: Augment | None = None) -> Batches:
        """Return the batches of "train", shuffled, or of another part."""
        splits, device = self.splits, torch.device(self.device)
        return Batches(
            getattr(splits, part),
            size,
            mean=splits.mean,
            std=splits.std,
            device=device,
            seed=self.seed,
            shuffle=part == "train",
            augment=augment,
        )

    @property
    def steps(self) -> int:
        """Updates of an epoch."""
        return len(self.batches)

    @cached_property
    def total(self) -> int:
        return self.epochs * self.steps

    def model(self) -> nn.Module:
        """Return a fresh model on the device, the same each time."""
        torch.manual_seed(self.seed)
        if self.model_name == "airbench":
            from benchmarks.airbench import AirNet

            model: nn.Module = AirNet(self.shape, self.classes)
        else:
            from runner.model.torchvision import torchvision

            model = torchvision(self.shape, self.classes, "resnet18", small_stem=True)
        layout = torch.channels_last if self.half else torch.preserve_format
        return model.to(self.device, memory_format=layout)  # type: ignore[call-overload, no-any-return]

    def optimizer(self, model: nn.Module) -> torch.optim.SGD:  # type: ignore[override]
        """Return the fused SGD with momentum, without decay on biases and norms."""
        ways = {"momentum": self.momentum, "nesterov": True, "weight_decay": self.decay, "fused": True}
        return torch.optim.SGD(groups(model), self.rate, **ways)  # type: ignore[arg-type]

    def loaded(self, steps: int, pace: Pace[Any] = unpaced) -> Epochs:  # type: ignore[override]
        return Epochs(self, steps, pace)

    def accuracy(self, model: nn.Module, part: str) -> float:
        """Return the share of a part, "valid" or "test", that the model classifies rightly; its mode stays."""
        batches, training = self.made(part, 4 * self.batch), model.training
        right = torch.zeros((), device=self.device)
        model.to(self.device).eval()  # Lightning takes it off the device at its end
        with torch.no_grad(), torch.autocast("cuda", torch.bfloat16, enabled=self.half):
            for inputs, targets in batches():
                right += (model(inputs).argmax(1) == targets).sum()
        model.train(training)
        return right.item() / batches.samples


class Epochs:
    """The first ``steps`` batches of a training of several epochs, for something to iterate over."""

    def __init__(self, work: Work, steps: int, pace: Pace[Batch] = unpaced) -> None:
        self.work, self.steps, self.pace = work, steps, pace

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        epochs = (self.work.batches(epoch) for epoch in range(self.work.epochs))
        return iter(self.pace(islice(chain.from_iterable(epochs), self.steps)))
