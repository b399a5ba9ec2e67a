"""The checked configuration of one training: composed from words, or written down by a run.

Verbs that look at a training, or at what became of one, get their configuration here and nowhere else.
"""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from runner.check import Problem, problems_of
from runner.check.examine import Checked, examine
from runner.check.frame import shown
from runner.command import WrongCommand, read_command
from runner.compose import hydra_for, of_training
from runner.durable import read_json
from runner.trust.document import read_yaml
from runner.trust.foreign import is_ours, of_address, of_links, of_tree, refuse, uris_of

if TYPE_CHECKING:
    from runner.command import Command


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


def read_config(path: Path) -> tuple[DictConfig, str]:
    """Return a configuration as it was written down, and its text: nothing of it is resolved, nothing may be built.

    Raises:
        ValueError: It is none.
    """
    tree, text = read_yaml(path)
    try:
        cfg = OmegaConf.load(StringIO(text))  # its own loader: for it 1e3 is a number
    except (OmegaConfBaseException, YAMLError, ValueError, OSError) as error:
        raise ValueError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
    if not isinstance(tree, dict) or not isinstance(cfg, DictConfig):
        raise ValueError(f"{path} is no configuration")
    return cfg, text


def recorded(folder: Path) -> DictConfig:
    """Return a run's configuration as it was written down; of a run from elsewhere, if all that it names is known.

    Raises:
        ValueError: It is none, or names what only the user may name; the message says how to vouch for that.
    """
    cfg, text = read_config(folder / "config.yaml")
    if not is_ours(folder, text):
        refuse(shown(folder), of_tree(OmegaConf.to_container(cfg, resolve=False)))
    return cfg


def check_leaving(folder: Path, cfg: DictConfig) -> None:
    """Refuse to write through a run from elsewhere to another place, or to send what is known here to one.

    Args:
        folder: Of the run.
        cfg: Its configuration, with what the user has changed in it.

    Raises:
        ValueError: There are links in it, or it names another tracking store than is used without it.
    """
    before, text = read_config(folder / "config.yaml")
    if is_ours(folder, text):
        return
    asked, now = (dict(uris_of(OmegaConf.to_container(one, resolve=False))) for one in (before, cfg))
    theirs = {key: uri for key, uri in now.items() if uri == asked.get(key)}  # others are the user's word
    if not now:
        theirs["tracking.json: uri"] = read_json(folder / "tracking.json").get("uri")
    usual = [os.environ.get("MLFLOW_TRACKING_URI")]
    addresses = [found for key, uri in theirs.items() for found in of_address(key, uri, usual)]
    refuse(shown(folder), [*of_links(folder), *addresses])


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
