"""What a search tells a training after each epoch: go on, or give up. Knows nothing of trainings."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from runner.make import make, plain
from runner.sweep.outage import patiently
from runner.sweep.place import Place
from runner.sweep.study import open_study

if TYPE_CHECKING:
    from optuna.trial import Trial

log = logging.getLogger(__name__)
PATIENCE = 60.0
"""Seconds for which a training waits for a storage that does not answer; then it goes on without being judged."""


@dataclass
class Judge:
    """Reports the values of one trial to its study, and asks a pruner about them.

    Any process of the training may be the one that asks: it opens the study when it first does.

    Args:
        place: Of the study.
        trial: Optuna's id of the trial.
        pruner: Node of the configuration; None only reports.
        epochs: Of this trial. One that has used all of them is not given up any more.
    """

    place: Place
    trial: int
    pruner: Any
    epochs: int

    def __call__(self, epoch: int, value: float) -> str | None:
        """Return who gives the trial up, or None.

        Of a trial that has come back, epochs that it had reported before are trained again and not reported again;
        about the last one of them it may not have been asked yet.

        Args:
            epoch: Epochs that are completed: 1, 2, 3, ...
            value: Of the objective, a finite number.
        """
        from optuna.exceptions import UpdateFinishedTrialError

        try:
            return patiently(lambda: self.judge(epoch, value), PATIENCE)
        except UpdateFinishedTrialError:
            return "somebody else has ended the trial"
        except ConnectionError as error:
            log.warning("epoch %d is not judged: %s", epoch, error)
            return None

    def judge(self, epoch: int, value: float) -> str | None:
        """Report and ask, once."""
        trial, before = self.opened
        if epoch < before:
            return None
        if epoch > before:
            trial.report(value, epoch)
        if epoch >= self.epochs or not trial.should_prune():
            return None
        return f"by {self.pruner['_target_'].rpartition('.')[2]}"

    @cached_property
    def opened(self) -> tuple[Trial, int]:
        """The trial, in a study with the pruner; and the last epoch that it had reported before this process."""
        from omegaconf import OmegaConf
        from optuna.pruners import NopPruner
        from optuna.trial import Trial

        study = open_study(self.place)
        node = self.pruner if self.pruner is None else OmegaConf.create(plain(self.pruner))
        longest = int(study.user_attrs.get("epochs") or self.epochs)  # one ladder for all, however long each is
        study.pruner = NopPruner() if node is None else make(node, epochs=longest)
        trial = Trial(study, self.trial)
        return trial, trial.storage.get_trial(self.trial).last_step or 0

    def plain(self) -> dict[str, Any]:
        """Return it as plain values for another process: ``Judge.of`` undoes this."""
        return {
            "place": self.place.plain(),
            "trial": self.trial,
            "pruner": plain(self.pruner),
            "epochs": self.epochs,
        }

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> Self:
        """Return the judge that ``plain`` described."""
        return cls(Place.read(words["place"]), words["trial"], words["pruner"], words["epochs"])
