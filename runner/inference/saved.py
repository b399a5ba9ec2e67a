"""A run brought back from its folder: what every verb that uses trained weights begins with."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.errors import InstantiationException
from omegaconf import OmegaConf
from torch import nn

from runner.build import build, make_model, target_facts
from runner.callback.base import Callback
from runner.callback.ema import EMA
from runner.callback.tta import TTA, Views
from runner.configuration import buildable
from runner.durable import read_json
from runner.hardware.hardware import Hardware
from runner.interrupt import Interrupt
from runner.loop import forget
from runner.make import make
from runner.model.ensemble import Ensemble
from runner.statefile import load

if TYPE_CHECKING:
    from runner.dataset.data import Data, Splits
    from runner.loop import Run
    from runner.task.base import Task

ALONE = {"processes": 1, "shard": False, "sync_batch_norm": False}
"""What a run's hardware becomes where one process does it all."""
ELSEWHERE = {"_target_": "runner.hardware.hardware.Hardware", "device": "cpu"}
"""Where a run goes whose device this machine does not have."""


class Saved:
    """A run that is over, or still going on. Its parts are built when they are asked for; its data are loaded once.

    Args:
        folder: Of the run.

    Raises:
        ValueError: Its parts can no longer be built.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.cfg = folder, buildable(folder)
        self.cfg.hardware.update({key: ALONE[key] for key in ALONE if key in self.cfg.hardware})
        self.data: Data = make(self.cfg.dataset)
        self.check_same()

    @cached_property
    def splits(self) -> Splits:
        """The data; see ``check_same``."""
        splits = self.data.load()
        self.check_same(splits.fingerprint)
        return splits

    @cached_property
    def task(self) -> Task:
        """The task, told of the targets: loads the data."""
        task: Task = make(self.cfg.task, **target_facts(self.data, self.splits))
        return task

    @cached_property
    def callbacks(self) -> dict[str, Callback]:
        """The callbacks, which have not started."""
        nodes = (self.cfg.get("callback") or {}).items()
        return {str(name): make(node) for name, node in nodes if node is not None}

    @cached_property
    def hardware(self) -> Hardware:
        """The hardware, or the CPU, with a note, if this machine has no such device."""
        try:
            hardware: Hardware = make(self.cfg.hardware)
        except (InstantiationException, ValueError) as error:
            print(f"note: {error.__cause__ or error}: the CPU is used instead", file=sys.stderr)
            self.cfg.hardware = OmegaConf.create(ELSEWHERE)
            hardware = make(self.cfg.hardware)
        hardware.prepare()
        return hardware

    def check_same(self, fingerprint: str | None = None) -> None:
        """Hold the data against those that the run recorded.

        Args:
            fingerprint: Of what was loaded, if anything was: other bytes are worth a note.

        Raises:
            ValueError: There are other classes or tokens: numbers would get the wrong names.
        """
        data, run = self.data, self.folder.name
        said = read_json(self.folder / "environment.json").get("data")
        known = said if isinstance(said, dict) else {}
        for fact in ("classes", "tokens"):
            if fact in known and known[fact] != list(getattr(data, fact)):
                word = "tokens" if data.next_token else fact
                raise ValueError(f"dataset {data.name} no longer has the {word} that {run} learned")
        if fingerprint and known.get("fingerprint", fingerprint) != fingerprint:
            print(f"note: dataset {data.name} has changed since {run} learned from it", file=sys.stderr)

    def model(self, names: Sequence[str] = ("best",)) -> nn.Module:
        """Return the model with the weights of a checkpoint, or several such models as one: on the CPU, to be used.

        Args:
            names: best, last, snapshot-1 ...

        Raises:
            ValueError: There is no such checkpoint, or its weights do not fit.
        """
        model = make_model(self.cfg, self.data, make(self.cfg.task))
        members = [model, *(deepcopy(model) for _ in names[1:])]
        for member, name in zip(members, names, strict=True):
            try:
                member.load_state_dict(self.weights(name))
            except RuntimeError as error:
                text = str(error).splitlines()[-1].strip()
                reason = f"the weights of {self.folder.name} do not fit its model any more"
                raise ValueError(f"{reason}: {text}") from None
        whole = (model if len(members) == 1 else Ensemble(members)).eval()
        forget(whole)
        return whole

    def weights(self, name: str) -> dict[str, Any]:
        """Return the weights in a checkpoint: those that were evaluated, which an average of them may be.

        Raises:
            ValueError: There is no such checkpoint.
        """
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", name):
            raise ValueError(f"{name!r} names no checkpoint: best, last, snapshot-1 ...")
        state = load(self.folder / "checkpoints" / f"{name}.pt")
        if not isinstance(state.get("model"), dict):
            raise ValueError(f"{self.folder / 'checkpoints' / name}.pt holds no weights")
        weights: dict[str, Any] = state["model"]
        for one, kept in state.get("callbacks", {}).items():  # last.pt, which a run goes on from, has both
            if isinstance(self.callbacks.get(one), EMA):
                weights = kept["average"]
        return weights

    def evaluated(self, names: Sequence[str] = ("best",)) -> nn.Module:
        """Return the model as the run evaluated it, on its hardware and through all views of a sample.

        Raises:
            ValueError: See ``model``.
        """
        return seen(self.hardware.place(self.model(names)), self.callbacks.values())

    def run(self, names: Sequence[str] = ("best",)) -> Run:
        """Return the run as for training, with the weights of a checkpoint to be evaluated.

        Raises:
            ValueError: A part cannot be built, or see ``model``.
        """
        assert self.hardware  # may change the configuration
        run = build(self.cfg, self.folder, Interrupt())
        self.check_same(run.facts["data"]["fingerprint"])
        run.evaluated = seen(run.hardware.place(self.model(names)), run.callbacks.values())
        return run


def seen(model: nn.Module, callbacks: Iterable[Callback]) -> nn.Module:
    """Return a model that looks at each sample several times, if a callback had it evaluated like that."""
    for callback in callbacks:
        if isinstance(callback, TTA):
            model = Views(model, callback.flip, callback.shift)
    return model
