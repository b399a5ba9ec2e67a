"""fastai: its Learner with the default callbacks, and without recorder and progress bar."""

from __future__ import annotations

from contextlib import redirect_stdout
from os import devnull
from tempfile import TemporaryDirectory
from typing import Any
from warnings import catch_warnings, simplefilter

import torch
from torch import Tensor, nn

with catch_warnings():
    simplefilter("ignore")
    from fastai.callback.fp16 import AMPMode, MixedPrecision
    from fastai.callback.progress import ProgressCallback  # noqa: F401  # on import it becomes a default
    from fastai.callback.schedule import ParamScheduler
    from fastai.data.core import DataLoaders
    from fastai.learner import Callback, Learner, TrainEvalCallback
    from fastai.optimizer import OptimWrapper
    from fastai.torch_core import default_device

from benchmarks.problem import Pace, Problem, unpaced


class Losses(Callback):  # type: ignore[misc]
    """The sum of the losses, where the recorder, which has a running average, is left out."""

    def before_fit(self) -> None:
        self.sum = torch.zeros((), device=default_device())

    def after_batch(self) -> None:
        self.sum.add_(self.loss.detach(), alpha=len(self.yb[0]))


def fit(problem: Problem, steps: int, pace: Pace[Tensor], lean: bool) -> nn.Module:
    """Train with one of the two learners and return the model."""
    default_device(problem.device != "cpu")
    with TemporaryDirectory() as folder, open(devnull, "w") as nowhere, redirect_stdout(nowhere), catch_warnings():
        simplefilter("ignore")
        model = problem.model().to(problem.device)
        batches = DataLoaders(problem.loaded(steps, pace), [], path=folder)
        callbacks: list[Any] = [TrainEvalCallback, Losses] if lean else []
        callbacks += [MixedPrecision(AMPMode.BF16)] if problem.half else []
        optimizer = OptimWrapper(opt=problem.optimizer(model))
        learner = Learner(batches, model, problem.loss, optimizer, cbs=callbacks, default_cbs=not lean)
        rates = ParamScheduler({"lr": lambda share: problem.lr * problem.curve(round(share * steps))})
        learner.fit(1, cbs=rates)
        return model


def default(problem: Problem, steps: int, pace: Pace[Tensor] = unpaced) -> nn.Module:
    """Train with the defaults: recorder and progress bar."""
    return fit(problem, steps, pace, lean=False)


def lean(problem: Problem, steps: int, pace: Pace[Tensor] = unpaced) -> nn.Module:
    """Train without recorder and progress bar."""
    return fit(problem, steps, pace, lean=True)


PEERS = {"fastai": default, "fastai, lean": lean}
