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
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from runner.check import Problem, problems_of
from runner.compose import of_training
from runner.configuration import examined, recorded
from runner.folder import OUTPUTS, find, identity, read_json, reserve
from runner.interrupt import Interrupt, Interrupted
from runner.recorded import flat, rows
from runner.secret import masked

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from runner.inference.predictions import Row
    from runner.inference.saved import Saved

NOT_HERE = ("hydra.", "hydra/", "needed=")
"""How words begin that are about a command, and not about an experiment."""
_composing = threading.RLock()
"""Hydra has one state for all threads."""
_said: dict[int, tuple[tuple[str, ...], dict[str, Any]]] = {}
"""The words that a configuration was composed of, and what it was then, by its ``id`` while it lives."""


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
    if others := [type(word).__name__ for word in words if not isinstance(word, str)]:
        raise TypeError(f"overrides are texts, each an argument of its own ('epochs=3', 'model=mlp'), got {others[0]}")
    if flags := [word for word in words if word.startswith("-")]:
        raise Mistakes([Problem(f"{flags[0]} is for the command line: compose takes overrides of one training")])
    if own := [word for word in words if word.lstrip("+~").startswith(NOT_HERE)]:
        raise Mistakes([Problem(f"{own[0]} is for the command line; where a run goes says train(..., folder=...)")])
    given = [*words, *([str(recipe)] if recipe else []), *(["--config-dir", str(config_dir)] if config_dir else [])]
    with _composing:
        _, checked = examined(given)
    if checked.problems or checked.cfg is None:
        raise Mistakes(checked.problems)
    cfg = of_training(checked.cfg)
    _said[id(cfg)] = (words, flat(masked(cfg)))
    weakref.finalize(cfg, _said.pop, id(cfg), None)
    return cfg


def train(
    *what: DictConfig | str,
    recipe: str | Path | None = None,
    config_dir: str | Path | None = None,
    folder: str | Path | None = None,
) -> Result:
    """Train once, in a folder of its own, and return the run.

    A first Ctrl-C, or interrupt of a notebook's kernel, stops the run between two steps, saves it and raises
    ``KeyboardInterrupt``; the run goes on by ``runner resume``. A second one raises at once.

    Args:
        what: A configuration from ``compose``, which may have been changed since; or words as for it.
        recipe: See ``compose``.
        config_dir: See ``compose``.
        folder: Where the run is written; ``outputs/<a new id>`` unless told.

    Raises:
        Mistakes: The configuration is wrong.
        ValueError: There already is a run in the folder.
        Exception: Whatever a part raises while it trains; the run's ``log.txt`` has it too.
    """
    configurations = [one for one in what if isinstance(one, DictConfig)]
    words = [one for one in what if not isinstance(one, DictConfig)]
    if configurations and (len(what) > 1 or recipe or config_dir):
        raise TypeError("train takes one configuration, or words, not both: compose has taken the words")
    cfg = configurations[0] if configurations else compose(*words, recipe=recipe, config_dir=config_dir)
    if configurations and (problems := _wrong(cfg)):
        raise Mistakes(problems)
    if folder is None:
        place = reserve(OUTPUTS)
    else:
        place = Path(folder)
        if (place / "config.yaml").exists():
            raise ValueError(f"{folder} already holds a run: load({str(folder)!r}), or give another folder")
        place.mkdir(parents=True, exist_ok=True)
    from runner.beside import Beside
    from runner.train import train as run_training

    said = _changes(cfg)
    try:
        with _Session() as interrupt:
            run_training(of_training(cfg), place, said, Beside(interrupt=interrupt))
    except Interrupted as stop:
        interrupted = stop
    else:
        return Result(place)
    signal.raise_signal(interrupted.signum)  # all is saved: the session does what it does at this signal
    raise interrupted


def load(run: str | Path) -> Result:
    """Return a run that was trained before, here or by the command line.

    Args:
        run: Its folder, its id, the unique beginning of its id, or ``"latest"``.

    Raises:
        ValueError: Nothing, or more than one run, has that name.
    """
    return Result(find(str(run)))


class Result:
    """A run as its folder tells it; what needs torch is built when it is asked for.

    Args:
        folder: Of the run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    @property
    def id(self) -> str:
        """The name by which ``load`` and the command line know the run."""
        return identity(self.folder)

    @property
    def summary(self) -> dict[str, Any]:
        """How the run ended: the content of ``summary.json``."""
        return read_json(self.folder / "summary.json")

    @property
    def metrics(self) -> dict[str, float]:
        """The final metrics: of the last epoch, and on the test part of the best weights."""
        metrics: dict[str, float] = self.summary.get("metrics", {}).get("final", {})
        return metrics

    @property
    def history(self) -> list[dict[str, Any]]:
        """The rows of ``metrics.jsonl``, the oldest first: ``pandas.DataFrame(run.history)``."""
        return rows(self.folder)

    @property
    def missed(self) -> list[str]:
        """A sentence for each of the configuration's expectations that did not come true."""
        from runner.expect import missed

        return [] if self.config.get("debug") else missed(self.config.get("expect") or {}, self.metrics)

    @cached_property
    def config(self) -> DictConfig:
        """The configuration as it was recorded, secrets masked."""
        return recorded(self.folder)

    @cached_property
    def model(self) -> nn.Module:
        """The network with the best weights: on the CPU, in evaluation mode.

        Raises:
            ValueError: There is no such checkpoint, or the parts can no longer be built.
        """
        return self._saved.model()

    @cached_property
    def _saved(self) -> Saved:
        from runner.inference.saved import Saved

        return Saved(self.folder)

    def predict(
        self,
        *what: str | Path | Tensor | np.ndarray[Any, Any],
        top: int = 1,
        weights: Sequence[str] = ("best",),
    ) -> list[Row]:
        """Return a row for each sample: its name or number, and what the model says.

        Args:
            what: Files and folders; or ``"test"``, ``"valid"``, ``"train"``; or one batch [n, ...] in the units in
                which the dataset stores its inputs (bytes of pictures, numbers of a prepared table).
            top: So many of the most probable classes.
            weights: Checkpoints: best, last, snapshot-1 ...; of several the mean.

        Raises:
            ValueError: The run, its weights or what is given cannot be used; the message says which.
        """
        from runner.inference.answer import answer, answer_batch

        files = [str(one) for one in what if isinstance(one, str | Path)]
        if len(files) == len(what):
            return answer(self._saved, files, top, weights)
        if len(what) > 1:
            raise ValueError(f"predict takes one batch, or names of files, got {len(what)} things")
        return answer_batch(self._saved, what[0], top, weights)

    def __repr__(self) -> str:
        summary = self.summary
        value = f", {summary['objective']}={summary['value']:.4g}" if summary.get("value") is not None else ""
        return f"<run {self.id}: {summary.get('status', 'unfinished')}{value}>"


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
        return [*problems_of(cfg), *check_file(cfg)]


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
