"""What a run's best weights make of a part of its data: who is taken for whom, and where it is furthest off."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from runner.dataset.batch import Batches
from runner.dataset.data import Data, Rows, Split
from runner.inference.saved import Saved
from runner.make import make

BATCH = 256


@dataclass(frozen=True)
class Sample:
    """One sample, and what was said about it.

    Attributes:
        index: In its part.
        truth, said: Names of classes, or numbers.
        chance: Probability that was given to the truth; None where numbers are predicted.
        picture: A PNG; nothing of what is no image.
        text: Of what is no image.
    """

    index: int
    truth: str
    said: str
    chance: float | None = None
    picture: bytes = b""
    text: str = ""


@dataclass(frozen=True)
class Judged:
    """Predictions for a part of the data.

    Attributes:
        part: Its name.
        count, samples: How many samples were looked at, of how many.
        classes: Their names; none where numbers are predicted.
        confusion: How often each class, row by row, was taken for each.
        pairs: Where numbers are predicted, for a picture: some of (what was right, what was said).
        worst: The samples for which the truth was thought least likely, or that were furthest off; the worst first.
    """

    part: str
    count: int
    samples: int
    classes: tuple[str, ...]
    confusion: list[list[int]] = field(default_factory=list)
    pairs: list[tuple[float, float]] = field(default_factory=list)
    worst: list[Sample] = field(default_factory=list)


def judge(folder: Path, *, most: int = 10_000, worst: int = 24, points: int = 1_000) -> Judged:
    """Predict the test part, or where there is none the validation part; nothing is downloaded for it.

    Args:
        folder: Of a run that has a ``best.pt``.
        most: Samples to look at, at most: the first ones.
        worst: How many of the worst to keep.
        points: How many pairs of numbers to keep.

    Raises:
        ValueError: The run, its weights or its data cannot be used; the message says which.
    """
    run = Saved(folder)
    if "download" in run.cfg.dataset:
        run.cfg.dataset.download = False
        run.data = make(run.cfg.dataset)
    data = run.data
    if data.next_token:
        raise ValueError("a language model predicts every token: there is no table of who is taken for whom")
    splits = run.splits
    part = "test" if len(splits.test) else "valid"
    split: Split = getattr(splits, part)
    if not len(split):
        raise ValueError("no sample is held out")
    model, hardware, task = run.evaluated(), run.hardware, run.task
    batches = Batches(split, BATCH, mean=splits.mean, std=splits.std, device=hardware.device, view=data.view)
    values, labels, count = list[Tensor](), list[Tensor](), 0
    with torch.inference_mode():
        for samples, _ in batches():
            with hardware.context:
                outputs = model(samples)
            values.append(task.predict(outputs.float()).cpu())
            labels.append(task.label(values[-1]) if data.classes else values[-1])
            count += len(samples)
            if count >= most:
                break
    predicted, said, truth = torch.cat(values), torch.cat(labels), split.targets[:count]
    look = Look(data, split)
    if not data.classes:
        order = (predicted - truth).abs().argsort(descending=True, stable=True)[:worst].tolist()
        every = range(0, count, -(-count // points))
        return Judged(
            part,
            count,
            len(split),
            (),
            pairs=[(float(truth[i]), float(predicted[i])) for i in every],
            worst=[look.at(i, f"{truth[i]:.4g}", f"{predicted[i]:.4g}") for i in order],
        )
    size = len(data.classes)
    confusion = torch.bincount(truth * size + said, minlength=size * size).view(size, size)
    chances = predicted.gather(1, truth.unsqueeze(1)).squeeze(1)
    order = chances.argsort(stable=True)[:worst].tolist()
    names = data.classes
    return Judged(
        part,
        count,
        len(split),
        names,
        confusion=confusion.tolist(),
        worst=[look.at(i, names[int(truth[i])], names[int(said[i])], float(chances[i])) for i in order],
    )


class Look:
    """Shows samples as they are stored.

    Args:
        data: What they are.
        split: Their part.
    """

    def __init__(self, data: Data, split: Split) -> None:
        from runner.figure.sheet import full_scale

        self.data, self.inputs = data, split.inputs
        first = self.inputs[0]
        self.is_image = not data.tokens and not data.sizes and first.dim() == 3
        self.top = max(full_scale(self.inputs[i]) for i in range(min(64, len(split)))) if self.is_image else 1.0

    def at(self, index: int, truth: str, said: str, chance: float | None = None) -> Sample:
        """Return a sample with what was said about it."""
        inputs: Tensor | Rows = self.inputs
        stored = inputs[index]
        if self.is_image:
            return Sample(index, truth, said, chance, picture=png(stored, self.top))
        from runner.figure.words import cells, passage

        text = passage(stored, self.data.tokens, 200) if self.data.tokens else cells(stored, 120)
        return Sample(index, truth, said, chance, text=text)


def png(image: Tensor, top: float) -> bytes:
    """Return a stored image [channels, height, width] as a PNG; ``top`` is its value of white."""
    from PIL import Image

    from runner.figure.sheet import pixels

    file = io.BytesIO()
    colours = (pixels(image, top) * 255).round().to(torch.uint8).numpy()
    Image.fromarray(colours).save(file, format="PNG", optimize=True)
    return file.getvalue()
