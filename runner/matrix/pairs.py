"""What ``runner matrix`` tries: one dataset with one model, two steps."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from runner.dataset.data import Data

SMALL = ("epochs=1", "batch_size=2", "hardware=cpu", "debug=smoke", "callback=record", "objective=valid/loss")
"""What every pair is trained with: few samples, and nothing watches. A loss needs no two classes to be a number."""

FILES: dict[str, tuple[str, ...]] = {
    "image_folder": ("dataset.folder={}/pictures", "dataset.size=32", "dataset.valid=0.25"),
    "text_folder": ("dataset.path={}/texts", "dataset.length=32"),
    "csv": ("dataset.path={}/rows.csv", "dataset.target=ripe"),
}
"""Of datasets that have none of their own: the files that are made for them, and what keeps them small."""


@dataclass(frozen=True)
class Pair:
    """A dataset with a model.

    Attributes:
        dataset, model: Their choices.
        state: ok: two steps and an evaluation; made: the same, of random samples, for the data are not here;
            refused: they do not fit, and the check said so; FAIL: anything else.
        message: Why it was refused, or failed; in one line.
        text: The traceback.
        seconds: How long it took.
    """

    dataset: str
    model: str
    state: Literal["ok", "made", "refused", "FAIL"]
    message: str = ""
    text: str = ""
    seconds: float = 0.0


def try_pairs(datasets: Sequence[str], models: Sequence[str], steps: int) -> Iterator[Pair]:
    """Yield how each dataset goes with each model; Hydra has to be set up (``hydra_for``).

    Args:
        datasets: Choices.
        models: Choices.
        steps: Updates of the weights.
    """
    from runner.matrix.made import file_of_rows, folder_of_pictures, folder_of_texts

    with tempfile.TemporaryDirectory() as place, quiet():
        here = Path(place)
        folder_of_pictures(here / "pictures")
        folder_of_texts(here / "texts")
        file_of_rows(here / "rows.csv")
        for dataset in datasets:
            files = [word.format(here) for word in FILES.get(dataset, ())]
            words = [f"dataset={dataset}", *SMALL, f"debug.train={steps}", *files]
            known: dict[str, Any] = {}
            for model in models:
                begun = time.perf_counter()
                pair = try_pair(dataset, model, words, here, known)
                yield replace(pair, seconds=time.perf_counter() - begun)


def try_pair(dataset: str, model: str, words: list[str], place: Path, known: dict[str, Any]) -> Pair:
    """Return how a dataset goes with a model.

    Args:
        dataset: Its choice.
        model: Its choice.
        words: Overrides that both need.
        place: A folder for runs.
        known: Of this dataset, what was found out: filled by the first pair that gets so far.
    """
    from runner.check import problems_of
    from runner.compose import of_training
    from runner.make import make
    from runner.matrix.made import at_hand

    try:
        cfg = composed([*words, f"model={model}"])
        problems = problems_of(cfg)
        if problems:
            message = "; ".join(problem.message for problem in problems)
            fits = all(problem.key in ("model", "task") for problem in problems)
            text = accident(cfg, message) if fits else message
            return Pair(dataset, model, "FAIL" if text else "refused", message, text)
        if not known:
            known["data"], known["made"] = at_hand(make(cfg.dataset), absent=forbid(cfg.dataset))
        train(of_training(cfg), known["data"], place)
    except Exception as error:  # whatever a part may raise is what this is after
        lines = str(error).strip().splitlines()
        message = f"{type(error).__name__}: {lines[0] if lines else ''}"
        return Pair(dataset, model, "FAIL", message, traceback.format_exc())
    return Pair(dataset, model, "made" if known["made"] else "ok")


def composed(words: list[str]) -> DictConfig:
    """Return the configuration that words mean, Hydra's node included, with every download forbidden."""
    from runner.check.composition import compose
    from runner.check.settle import settle

    cfg = compose("config", words)
    settle(cfg, words)
    forbid(cfg.dataset)
    return cfg


def forbid(node: DictConfig) -> bool:
    """Set ``download`` to false, also in the datasets that a dataset is made of; tell whether there was any."""
    from omegaconf import DictConfig

    found = "download" in node
    if found:
        node.download = False
    inner = [value for key in node if isinstance(value := node._get_node(key), DictConfig) and not value._is_none()]
    return any([found, *map(forbid, inner)])


def accident(cfg: DictConfig, message: str) -> str:
    """Return the traceback of what the check met, if a part fell over it instead of refusing it in its own words."""
    from runner.build import make_model
    from runner.make import make

    try:
        data, task = make(cfg.dataset), make(cfg.task)
        inputs, targets = data.example(2)
        task.loss(make_model(cfg, data, task).eval()(inputs), targets)
    except Exception as error:
        cause = error.__cause__ or error  # Hydra wraps what a constructor raises
        lines = str(cause).strip().splitlines()
        if not isinstance(cause, ValueError) and lines and lines[0] in message:
            return traceback.format_exc()
    return ""


def train(cfg: DictConfig, data: Data, place: Path) -> None:
    """Train and evaluate in a new folder, as a run would, but with data that are loaded already."""
    from omegaconf import OmegaConf

    from runner.build import build
    from runner.folder import reserve
    from runner.interrupt import Interrupt
    from runner.loop import fit

    node = {"_target_": f"{__name__}.called", "_args_": [lambda: data]}
    cfg = OmegaConf.create({**{str(key): cfg[key] for key in cfg}, "dataset": node}, flags={"allow_objects": True})
    fit(build(cfg, reserve(place), Interrupt()))


def called(function: Any) -> Any:
    """Return what a function returns: how an object that is there already gets through a configuration."""
    return function()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep warnings and logs away from the terminal: what matters comes back as the state of a pair."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
