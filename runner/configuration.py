"""The checked configuration of one training: composed from words, or written down by a run.

Verbs that look at a training, or at what became of one, get their configuration here and nowhere else.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from runner.check import Problem, problems_of
from runner.check.examine import Checked, examine
from runner.compose import WrongCommand, hydra_for, of_training, read_command

if TYPE_CHECKING:
    from runner.compose import Command


def composed(words: list[str], *, anywhere: bool = False) -> tuple[DictConfig | None, list[Problem]]:
    """Return the configuration of the one training that words mean, without Hydra's node, or what is wrong with it.

    Args:
        words: As they would be typed to train.
        anywhere: That its hardware is not on this machine does not matter: nothing will run on it.
    """
    command, checked = examined(words)
    if command is not None and (command.multirun or command.flags):
        return None, [Problem(f"{'-m' if command.multirun else command.flags[0]} is for trainings: this looks at one")]
    cfg = None if checked.cfg is None else of_training(checked.cfg)
    return cfg, without_hardware(checked.problems) if anywhere else checked.problems


def examined(words: list[str]) -> tuple[Command | None, Checked]:
    """Return what words ask for, be it a search, and what is wrong with it."""
    try:
        command = read_command(words)
    except WrongCommand as error:
        return None, Checked(None, problems=[Problem(str(error))])
    with hydra_for(command) as loader:
        return command, examine(command, loader)


def recorded(folder: Path) -> DictConfig:
    """Return a run's configuration as it was written down."""
    cfg = OmegaConf.load(folder / "config.yaml")
    assert isinstance(cfg, DictConfig)
    return cfg


def buildable(folder: Path) -> DictConfig:
    """Return the configuration of a run whose parts can be built; on its hardware or elsewhere.

    Raises:
        ValueError: They no longer can: a file is gone, or a module.
    """
    cfg = recorded(folder)
    if problems := without_hardware(problems_of(cfg)):
        texts = "; ".join(problem.message for problem in problems)
        raise ValueError(f"{folder.name} can no longer be built: {texts}")
    return cfg


def without_hardware(problems: list[Problem]) -> list[Problem]:
    """Return what is wrong with the rest: a GPU that is not here does not make a model another one."""
    return [problem for problem in problems if not problem.is_absent_hardware]
