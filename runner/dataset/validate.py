"""What is wrong with data that only shows once they are loaded: told before anything is trained.

One rule for all datasets, and for a user's own: what they make impossible is a ``ValueError`` from here or from
``load``, the run ends with exit code 2, and nothing was trained. What only shows while samples are read one by one
ends a training, with exit code 1.
"""

from __future__ import annotations

import torch
from torch import Tensor

from runner.dataset.data import Data, Split, Splits


def validated(data: Data) -> Splits:
    """Load a dataset and return its parts, if they can be what it says that they are.

    Raises:
        ValueError: They cannot; the message names the part and the sample.
    """
    splits = data.load()
    if not len(splits.train):
        raise ValueError(f"dataset {data.name} has no training samples: is it empty, or is all of it held out?")
    for name in ("train", "valid", "test"):
        part: Split = getattr(splits, name)
        if not data.next_token:
            _check_targets(f"dataset {data.name}, {name} part", part, data)
        if isinstance(part.inputs, Tensor):
            _check_inputs(f"dataset {data.name}, {name} part", part.inputs, data)
    if data.classes and not data.next_token and bool((splits.train.targets == splits.train.targets[0]).all()):
        only = data.classes[int(splits.train.targets[0])]
        raise ValueError(
            f"dataset {data.name}: all {len(splits.train)} training samples are of class {only}: there is nothing to "
            "tell apart"
        )
    return splits


def _check_targets(where: str, part: Split, data: Data) -> None:
    if len(part.inputs) != len(part.targets):
        raise ValueError(f"{where}: {len(part.inputs)} inputs and {len(part.targets)} targets, one for each is needed")
    targets, count = part.targets, len(data.classes)
    if data.classes:
        if targets.is_floating_point():
            kind = str(targets.dtype).removeprefix("torch.")
            raise ValueError(f"{where}: labels are whole numbers (int64), got {kind}; or leave classes empty")
        bad = (targets < 0) | (targets >= count)
        right = f"{count} classes have the labels 0 to {count - 1}"
    else:
        bad, right = ~targets.isfinite(), "a target is a finite number"
    if bool(bad.any()):
        index = int(bad.nonzero()[0, 0])
        more = f", one of {int(bad.sum())} like it" if int(bad.sum()) > 1 else ""
        raise ValueError(f"{where}: sample {index} has the target {targets[index].tolist()}{more}: {right}")


def _check_inputs(where: str, inputs: Tensor, data: Data) -> None:
    shape = tuple(inputs.shape[1:])
    if data.view is None and data.batches is None and len(inputs) and shape != data.shape:
        raise ValueError(f"{where}: an input is {list(shape)}, and the dataset says {list(data.shape)}")
    if inputs.is_floating_point():
        rows = inputs.flatten(1) if inputs.dim() > 1 else inputs[:, None]
        for start in range(0, len(rows), 4096):  # no second copy of everything
            chunk = rows[start : start + 4096]
            if not bool(torch.isfinite(chunk.sum())) and not bool(chunk.isfinite().all()):
                index = start + int((~chunk.isfinite()).any(1).nonzero()[0, 0])
                raise ValueError(f"{where}: the inputs of sample {index} hold NaN or infinity: correct or drop it")
