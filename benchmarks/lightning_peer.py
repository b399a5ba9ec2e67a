"""PyTorch Lightning: as a newcomer writes it, and with everything off that can be switched off."""

from __future__ import annotations

import logging
from contextlib import redirect_stdout
from os import devnull
from tempfile import TemporaryDirectory
from warnings import catch_warnings, simplefilter

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from benchmarks.problem import Pace, Problem, unpaced

LEAN = {
    "logger": False,
    "enable_checkpointing": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
}


class Module(LightningModule):
    """The same mathematics; the running loss is Lightning's own, or a tensor when lean."""

    def __init__(self, problem: Problem, lean: bool) -> None:
        super().__init__()
        self.problem, self.lean, self.model = problem, lean, problem.model()
        self.losses = torch.zeros((), device=problem.device)

    def training_step(self, batch: tuple[Tensor, Tensor], number: int) -> Tensor:
        inputs, targets = batch
        loss = self.problem.loss(self.model(inputs), targets)
        if self.lean:
            self.losses.add_(loss.detach(), alpha=len(targets))
        else:
            self.log("train/loss", loss, on_step=False, on_epoch=True, batch_size=len(targets))
        return loss

    def configure_optimizers(self) -> dict[str, object]:
        optimizer = self.problem.optimizer(self.model)
        scheduler = LambdaLR(optimizer, self.problem.curve)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


def fit(problem: Problem, steps: int, pace: Pace[Tensor], lean: bool) -> nn.Module:
    """Train with one of the two trainers and return the model."""
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with TemporaryDirectory() as folder, open(devnull, "w") as nowhere, redirect_stdout(nowhere), catch_warnings():
        simplefilter("ignore")
        module = Module(problem, lean)
        trainer = Trainer(
            accelerator=problem.device,
            devices=1,
            precision="bf16-mixed" if problem.half else "32-true",
            max_epochs=1,
            default_root_dir=folder,
            **(LEAN if lean else {}),
        )
        trainer.fit(module, problem.loaded(steps, pace))
        return module.model


def default(problem: Problem, steps: int, pace: Pace[Tensor] = unpaced) -> nn.Module:
    """Train with the defaults: logger, checkpoint, progress bar and model summary."""
    return fit(problem, steps, pace, lean=False)


def lean(problem: Problem, steps: int, pace: Pace[Tensor] = unpaced) -> nn.Module:
    """Train without logger, checkpoint, progress bar and model summary."""
    return fit(problem, steps, pace, lean=True)


PEERS = {"lightning": default, "lightning, lean": lean}
