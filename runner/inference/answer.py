"""What a run says about samples: of files, of a part of its own data, or of a batch in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from runner.dataset.batch import Batches
from runner.dataset.data import Split
from runner.dataset.files import some
from runner.inference.predictions import described

if TYPE_CHECKING:
    from runner.inference.predictions import Row
    from runner.inference.saved import Saved

PARTS = ("train", "valid", "test")
BATCH = 256


def answer(run: Saved, what: Sequence[str], top: int, weights: Sequence[str]) -> list[Row]:
    """Return a row for each sample of files, or of a part.

    Args:
        run: That was trained.
        what: Files and folders that the dataset can read; or the name of one part alone.
        top: So many of the most probable classes.
        weights: Names of checkpoints, of several the mean.

    Raises:
        ValueError: The run, its weights or a file cannot be used; the message says which.
    """
    check_answers(run)
    data, part = run.data, what[0] if len(what) == 1 and what[0] in PARTS else None
    if part:
        split: Split = getattr(run.splits, part)
        names: list[Row] = [{"index": index} for index in range(len(split))]
    elif data.encode is None:
        raise ValueError(f"dataset {data.name} says of no files how to read them: give its part train, valid or test")
    else:
        names, inputs = data.encode(what)
        split = Split(inputs, torch.zeros(len(names), dtype=torch.int64))
    return rows(run, split, names, top, weights, known=part is not None)


def answer_batch(run: Saved, inputs: Any, top: int, weights: Sequence[str]) -> list[Row]:
    """Return a row for each sample of a batch [n, ...], a tensor or what makes one, in the units of stored inputs.

    Raises:
        ValueError: The run or its weights cannot be used, or the batch has another shape.
    """
    check_answers(run)
    batch, data = torch.as_tensor(inputs), run.data
    if data.view is None and tuple(batch.shape[1:]) != data.shape:
        expected = ", ".join(map(str, data.shape))
        raise ValueError(f"the run takes batches of shape [n, {expected}], got {list(batch.shape)}")
    split = Split(batch, torch.zeros(len(batch), dtype=torch.int64))
    return rows(run, split, [{"index": index} for index in range(len(batch))], top, weights, known=False)


def check_answers(run: Saved) -> None:
    """Refuse a run whose outputs are no answers.

    Raises:
        ValueError: It is a language model.
    """
    name = run.folder.name
    if run.data.next_token:
        raise ValueError(f"{name} is a language model, which goes on with a text: runner generate {name}")


def rows(run: Saved, split: Split, names: Sequence[Row], top: int, weights: Sequence[str], known: bool) -> list[Row]:
    """Return a row for each sample, with what is right if that is ``known``."""
    data, model, hardware, task, splits = run.data, run.evaluated(weights), run.hardware, run.task, run.splits
    batches = Batches(split, BATCH, mean=splits.mean, std=splits.std, device=hardware.device, view=data.view)
    found: list[Row] = []
    with torch.inference_mode():
        for samples, targets in batches():
            with hardware.context:
                outputs = model(samples)
            values = task.predict(outputs.float())
            found += described(values, task.label, targets if known else None, data.classes, top)
    if broken := getattr(split.inputs, "broken", None):
        raise ValueError(f"cannot be read: {some(broken)}")
    return [{**name, **row} for name, row in zip(names, found, strict=True)]
