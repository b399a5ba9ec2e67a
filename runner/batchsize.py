"""``batch_size=auto``: the largest batch that fits in memory, found before a training, and written into its record.

Sizes are tried in a process of their own, ``python -m runner.batchsize``: what runs out of memory there, be it a GPU
whose context is lost or a process that the kernel kills, is gone with it. It gets the composed configuration and then
one size after the other through its standard input, where nobody else can read them, and answers each with a line.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import IO, TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from runner.check.reason import reason_of
from runner.child import die_with_parent
from runner.hardware.exhausted import in_words, is_exhausted
from runner.inspect.batchsize import CEILING, PATIENCE, Trial, Try, search
from runner.inspect.trials import Trials
from runner.interrupt import Interrupt

if TYPE_CHECKING:
    from runner.dataset.data import Data, Loader

log = logging.getLogger(__name__)

ALONE: dict[str, Any] = {"processes": 1, "shard": False, "compile": False, "graphs": False, "guard": 0}
ALONE.update(nonfinite="stop", on_oom="stop")
"""Keys of the hardware with which one process tries sizes, compiles for none, and hides none that is too large."""


def settle_batch_size(
    cfg: DictConfig, interrupt: Interrupt | None = None, *, processes: int = 1, here: int | None = None
) -> dict[str, Any]:
    """Replace ``batch_size=auto`` by the largest batch that fits, and return how it was found; {} if it is a number.

    A batch fits if a step with it (forward, backward, update) leaves a tenth of a GPU's memory free; on a CPU, if it
    takes no more than half of what is available, within the limits of the container. No batch is larger than the
    training data or 65,536 samples a process, and none is tried of which a step takes longer than 10 seconds. The
    batch of several processes is what fits one, times their number; a model that ``hardware.shard`` would cut into
    pieces is tried whole. ``torch.compile`` and CUDA graphs are left out.

    Args:
        cfg: The composed configuration; changed in place.
        interrupt: Is asked between sizes, and while one is tried.
        processes: Of the whole run.
        here: Of those, how many are on this machine and share its memory; None: all of them.

    Raises:
        ValueError: Not even one sample fits, or the memory of the device cannot be measured.
    """
    if cfg.batch_size != "auto":
        return {}
    begun = perf_counter()
    words = {"config": OmegaConf.to_container(cfg, resolve=True), "shares": here or processes}
    with Trials(words, interrupt or Interrupt()) as trials:
        facts = trials.facts
        most = max(1, facts["most"] // processes)
        tries = search(trials, most, facts["allowed"] if facts["foreseen"] else None)
    best = max((one for one in tries if one.fits), key=lambda one: one.size, default=None)
    if best is None:
        raise ValueError(none_fits(tries[-1], facts))
    bound = "data" if most < CEILING else "ceiling"
    if best.size < most:
        bound = "time" if 2 * best.seconds > PATIENCE else "memory"
    cfg.batch_size = best.size * processes
    log.info("batch_size=auto: %d, the largest for %s, of %d tried", cfg.batch_size, bound, len(tries))
    return {
        "asked": "auto",
        "found": cfg.batch_size,
        "processes": processes,
        "bound": bound,
        **{name: facts[name] for name in ("device", "allowed", "available")},
        "tries": [asdict(one) for one in tries],
        "seconds": round(perf_counter() - begun, 3),
    }


def none_fits(last: Try, facts: Mapping[str, Any]) -> str:
    """Return in words that the smallest batch is too large."""
    needed = f"it needs at least {in_words(last.taken)}" if last.taken else last.error
    room = f"{in_words(facts['allowed'])} may be taken of the {in_words(facts['available'])} that are available"
    return f"batch_size=auto: not even a batch of {last.size} fits on {facts['device']}: {needed}, {room}"


def serve() -> None:
    """Be the process that tries sizes, until there are no more or one of them ends it."""
    die_with_parent()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what parts print is no answer
    try:
        trial, facts = prepared(json.loads(sys.stdin.readline()))
        say(answers, facts)
        for line in sys.stdin:
            say(answers, {"try": asdict(trial(int(line)))})
    except Exception as error:  # parts may be the user's own
        short = "the model and the data alone are too large: " if is_exhausted(error) else ""
        user = isinstance(error, ValueError) or bool(short)
        say(answers, {"error": f"{short}{reason_of(error)}", "user": user, "trace": traceback.format_exc()})


def say(answers: IO[str], answer: Mapping[str, Any]) -> None:
    """Answer with a line."""
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def prepared(words: Mapping[str, Any]) -> tuple[Trial, dict[str, Any]]:
    """Build a run and return what tries sizes on it, and what its maker has to know."""
    from hydra.utils import get_object

    from runner.build import build, make_batches
    from runner.callback.ema import EMA
    from runner.hardware.gauge import gauge
    from runner.make import make

    cfg = OmegaConf.create(words["config"], flags={"allow_objects": True})
    cfg.hardware = {**cfg.hardware, **{key: value for key, value in ALONE.items() if key in cfg.hardware}}
    cfg.batch_size, cfg.debug = 1, None
    nodes = (cfg.get("callback") or {}).items()
    cfg.callback = {name: node for name, node in nodes if node is not None and get_object(node._target_) is EMA}
    dataset: Data = make(cfg.dataset)
    splits = dataset.load()
    data = replace(dataset, load=lambda: splits)
    cfg.dataset = {"_target_": "runner.matrix.pairs.called", "_args_": [lambda: data]}
    with tempfile.TemporaryDirectory() as folder:
        run = build(cfg, Path(folder), Interrupt())
    feed = getattr(run.batches["train"], "feed", None)  # chosen by what was free before there was a model
    run.batches = {}

    def batches(size: int) -> Loader:
        cfg.batch_size = size
        return make_batches(cfg, data, splits, run.hardware.device, feed=feed)["train"]

    measured = gauge(run.hardware.device, words["shares"])
    trial = Trial(run, batches, measured, [one for one in run.callbacks.values() if isinstance(one, EMA)])
    measured.build_wall()
    facts = {"allowed": measured.allowed, "available": measured.room, "foreseen": measured.foreseen}
    return trial, {"device": str(run.hardware.device), "most": trial.most, **facts}


if __name__ == "__main__":
    serve()
