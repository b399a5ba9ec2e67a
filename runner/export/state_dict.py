"""The weights alone, by name: for whoever has the network's class, or another that takes them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import torch
from torch import Tensor

from runner.export.form import Form
from runner.export.subject import Subject


class StateDict(Form):
    """A mapping from names to tensors, readable with ``weights_only=True``."""

    name = "state_dict"
    file = "model.pt"
    usage = """\
import torch

weights = torch.load("model.pt", weights_only=True)  # names and tensors
model.load_state_dict(weights)  # of the class below, or of yours"""

    def write(self, subject: Subject, path: Path) -> bool:
        torch.save(dict(subject.model.state_dict()), path)
        return subject.is_sequence

    def read(self, subject: Subject, path: Path) -> Callable[[Tensor], Tensor]:
        model = deepcopy(subject.model)
        for value in [*model.parameters(), *model.buffers()]:
            value.data.zero_()  # nothing is to be right but what the file says
        model.load_state_dict(torch.load(path, weights_only=True))
        return Subject(model, subject.shape, subject.limits).outputs
