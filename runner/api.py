"""From Python: ``from runner import compose, train, load``, with the checks and the records of the command line.

A configuration is composed and checked by ``compose``, trained by ``train``, and any run, whoever started it, is
brought back by ``load``. All of them can be called any number of times, in a notebook, in a thread, or within a
program that uses Hydra itself.
"""

from __future__ import annotations

import json
import signal
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from omegaconf import DictConfig, OmegaConf

from runner.check import Problem, problems_of
from runner.check.module import SESSION
from runner.check.signature import refresh
from runner.chosen import choices_in
from runner.compose import of_training
from runner.configuration import examined
from runner.folder import OUTPUTS, find, reserve
from runner.interrupt import Interrupt, Interrupted
from runner.recorded import flat
from runner.recorded import overrides as overrides_of
from runner.result import Result
from runner.secret import masked
from runner.trust.tree import targets

NOT_HERE = ("hydra.", "hydra/", "needed=")
"""How words begin that are about a command, and not about an experiment."""
_composing = threading.RLock()
"""Hydra has one state for all threads."""
_said: dict[int, tuple[tuple[str, ...], dict[str, Any]]] = {}
"""The words that a configuration was composed of, and what it was then, by its ``id`` while it lives."""
_chosen: dict[int, dict[str, str]] = {}
"""The choices that it was composed of, likewise."""


class Mistakes(ValueError):
    """A configuration is wrong; nothing was started.

    Attributes:
        problems: All that is wrong, each with a message, a place and a key.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(str(problem).removeprefix("error: ") for problem in self.problems))


def compose(*words: str, recipe: str | Path | None = None, config_dir: str | Path | None = None) -> DictConfig:
    """Return the configuration that words mean, checked as the command line checks it.

    Args:
        words: As they would be typed: ``"dataset=digits"``, ``"optimizer.lr=0.01"``, ``"~callback.mlflow"``.
        recipe: A recipe's file, yours or one that comes with the package: ``"recipes/digits_cnn.yaml"``.
        config_dir: A folder of your own groups, as for ``--config-dir``.

    Raises:
        Mistakes: With everything that is wrong.
    """
    if flags := [word for word in _words(words) if word.startswith("-")]:
        raise Mistakes([Problem(f"{flags[0]} is for the command line: compose takes overrides of one training")])
    if own := [word for word in words if word.lstrip("+~").startswith(NOT_HERE)]:
        raise Mistakes([Problem(f"{own[0]} is for the command line; where a run goes says train(..., folder=...)")])
    given = [*words, *([str(recipe)] if recipe else []), *(["--config-dir", str(config_dir)] if config_dir else [])]
    with _composing:
        refresh()
        command, checked = examined(given)
    if checked.problems or checked.cfg is None:
        raise Mistakes(checked.problems)
    cfg = of_training(checked.cfg)
    said = words if command is None else (*command.recipe_word, *words)
    _said[id(cfg)] = (said, flat(masked(cfg)))
    _chosen[id(cfg)] = choices_in(checked.cfg.hydra, cfg)
    weakref.finalize(cfg, _said.pop, id(cfg), None)
    weakref.finalize(cfg, _chosen.pop, id(cfg), None)
    return cfg


def train(
    *what: DictConfig | str | Result,
    recipe: str | Path | None = None,
    config_dir: str | Path | None = None,
    folder: str | Path | None = None,
) -> Result:
    """Train once, in a folder of its own, and return the run.

    A first Ctrl-C, or interrupt of a notebook's kernel, stops the run between two steps, saves it and raises
    ``KeyboardInterrupt``; ``train(load("latest"))`` goes on with it. A second one raises at once.

    Args:
        what: A configuration from ``compose``, which may have been changed since; or words as for it; or a run, with
            words as for ``runner resume``: ``train(run, "epochs=60")``.
        recipe: See ``compose``.
        config_dir: See ``compose``.
        folder: Where the run is written; ``outputs/<a new id>`` unless told.

    Raises:
        Mistakes: The configuration is wrong.
        ValueError: There already is a run in the folder.
        Exception: Whatever a part raises while it trains; the run's ``log.txt`` has it too.
    """
    if what and isinstance(what[0], Result):
        if recipe or config_dir or folder:
            raise TypeError("a run goes on as what it is, where it is: train(run) takes nothing but words")
        return _go_on(what[0], _words(what[1:]))
    if what and isinstance(what[0], DictConfig):
        if len(what) > 1 or recipe or config_dir:
            raise TypeError("train takes one configuration, or words, not both: compose has taken the words")
        cfg = what[0]
        problems = _wrong(cfg)
    else:
        cfg = compose(*_words(what), recipe=recipe, config_dir=config_dir)
        problems = []
    if problems := problems or _known_here_alone(cfg):
        raise Mistakes(problems)
    if folder is None:
        place = reserve(OUTPUTS)
    else:
        place = Path(folder)
        if (place / "config.yaml").exists():
            again = f"train(load({str(folder)!r})) goes on with it"
            raise ValueError(f"{folder} already holds a run: {again}, or give another folder")
        place.mkdir(parents=True, exist_ok=True)
    return _trained(of_training(cfg), place, _changes(cfg), _chosen.get(id(cfg)))


def _go_on(run: Result, words: list[str]) -> Result:
    """Train a run to its end, or to a new one."""
    from runner.verb.resume import going_on, is_complete

    with _composing:
        refresh()
        try:
            cfg, problems = going_on(run.folder, words)
        except ValueError as error:
            raise Mistakes([Problem(str(error))]) from None
    if problems := problems or _known_here_alone(cfg):
        raise Mistakes(problems)
    if is_complete(run.folder, cfg, words):
        return Result(run.folder)
    return _trained(cfg, run.folder, [*overrides_of(run.folder), *words])


def _trained(cfg: DictConfig, folder: Path, words: list[str], chosen: dict[str, str] | None = None) -> Result:
    from runner.beside import Beside
    from runner.train import train as run_training

    try:
        with _Session() as interrupt:
            run_training(cfg, folder, words, Beside(interrupt=interrupt), chosen)
    except Interrupted as stop:
        interrupted = stop
    else:
        return Result(folder)
    signal.raise_signal(interrupted.signum)  # all is saved: the session does what it does at this signal
    raise interrupted


def _words(given: Sequence[object]) -> list[str]:
    """Return words as they are."""
    for one in given:
        if not isinstance(one, str):
            kind = type(one).__name__
            if isinstance(one, type):
                kind += f": a class is named, 'model._target_={one.__module__}.{one.__name__}'"
            raise TypeError(f"overrides are texts, each an argument of its own ('epochs=3', 'model=mlp'), got {kind}")
    return [str(one) for one in given]


def load(run: str | Path) -> Result:
    """Return a run that was trained before, here or by the command line.

    Args:
        run: Its folder, its id, the unique beginning of its id, or ``"latest"``.

    Raises:
        ValueError: Nothing, or more than one run, has that name.
    """
    return Result(find(str(run)))


class _Session(Interrupt):
    """Of a session that goes on after a run: a second signal raises instead of ending the process."""

    def receive(self, signum: int, frame: FrameType | None) -> None:
        if self.signum:
            raise KeyboardInterrupt
        self.signum = signum


def _wrong(cfg: DictConfig) -> list[Problem]:
    """Return what is wrong with a configuration: it may have been changed since it was composed, or be made by hand."""
    from runner.check.examine import check_file

    with _composing:
        refresh()
        return [*problems_of(cfg), *check_file(cfg)]


def _known_here_alone(cfg: DictConfig) -> list[Problem]:
    """Refuse what this notebook or script defines itself, if the run has other processes: they could not import it."""
    own = [
        (key, target) for key, target in targets(OmegaConf.to_container(cfg)) if str(target).startswith(f"{SESSION}.")
    ]
    if not own:
        return []
    from runner.make import make

    several = f"hardware.processes={make(cfg.hardware).processes}"
    words = [
        *([several] if several != "hardware.processes=1" else []),
        *(["batch_size=auto"] if cfg.batch_size == "auto" else []),
    ]
    why = "which starts other processes, and they cannot import what a notebook or script defines: put it in a file"
    return [Problem(f"{key}={target} with {word}, {why}", key=key) for key, target in own for word in words]


def _changes(cfg: DictConfig) -> list[str]:
    """Return the words that a configuration was composed of, and what was changed in it afterwards, for the record."""
    if id(cfg) not in _said:  # a copy, or from a file: what differs from the defaults
        default = compose()  # lives as long as this call
        _said[id(cfg)] = ((), _said[id(default)][1])
        weakref.finalize(cfg, _said.pop, id(cfg), None)
    words, before = _said[id(cfg)]
    now = flat(masked(cfg))
    changed = {key: value for key, value in now.items() if key not in before or before[key] != value}
    kept = [word for word in words if word.lstrip("+").partition("=")[0] not in changed]
    return [*kept, *(f"{k}={_typed(v)}" for k, v in changed.items()), *(f"~{key}" for key in before if key not in now)]


def _typed(value: object) -> str:
    """Return a value as one would type it in an override."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
