"""Trainings that are interrupted, or killed, at a moment that is told, in this process; and all that they leave."""

import contextlib
import copy
import json
import shutil
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch

from runner.build import build
from runner.interrupt import Interrupt, Interrupted
from runner.loop import fit
from runner.state import capture
from runner.statefile import load
from tests.support import IGNORED

TIMES = {"id", "seconds", "samples_per_second", "bottleneck", "checkpoint"}
"""What a summary says besides what was computed."""


class Killed(BaseException):
    """Stands for a kill -9: see ``Moments``."""


class Moments(Interrupt):
    """Counts the moments at which a run may stop, after each batch, and does at one of them what it is told.

    Args:
        at: The moment, from 1 on; 0: never.
        kill: Leave what a kill -9 leaves, the folder as it is then, instead of stopping.
        look: Called at each moment before.
    """

    def __init__(self, at=0, kill=False, look=lambda moment: None):
        super().__init__()
        self.at, self.kill, self.look, self.moment, self.folder = at, kill, look, 0, None

    def check(self):
        self.moment += 1
        self.look(self.moment)
        if self.moment != self.at:
            return
        if not self.kill:
            raise Interrupted(signal.SIGTERM)
        shutil.copytree(self.folder, f"{self.folder}-killed")
        raise Killed


def go(cfg, folder, at=0, kill=False):
    """Train, from the last checkpoint if there is one; return how many moments passed, and whether that was all."""
    folder.mkdir(exist_ok=True)
    moments = Moments(at, kill)
    moments.folder = folder
    run = build(cfg, folder, moments)
    try:
        fit(run)
    except Interrupted:
        return moments.moment, False
    except Killed:  # what the exception left on its way is undone
        shutil.rmtree(folder)
        Path(f"{folder}-killed").rename(folder)
        return moments.moment, False
    return moments.moment, True


@dataclass
class Whole:
    """A run that nothing interrupts: all that it left, and where it stood at each of its moments."""

    left: dict
    states: list[dict]
    """What an interruption at each moment has to save."""
    evaluations: list[int | None]
    """The completed epochs at each moment of an evaluation; None in training."""

    def behind(self, moment):
        """Return how many moments are behind who goes on after an interruption: an evaluation is done again."""
        here = self.evaluations[moment - 1]
        while here is not None and moment and self.evaluations[moment - 1] == here:
            moment -= 1
        return moment


def whole(cfg, folder):
    """Train without an interruption."""
    folder.mkdir()
    states, evaluations = [], []

    def look(moment):
        trained = run.step > (states[-1]["step"] if states else 0)
        evaluations.append(None if trained else run.epoch)
        if trained:
            states.append(plain(copy.deepcopy(capture(run))))
        else:  # nothing has changed since it began, but for the best weights in place of the last before the test
            states.append(states[-1] if run.batch else plain(load(folder / "checkpoints" / "last.pt")))

    run = build(cfg, folder, Moments(look=look))
    fit(run)
    return Whole(left(folder), states, evaluations)


def plain(state):
    """Return a state without times."""
    state["callbacks"] = {**state["callbacks"], "record": None}
    return state


def left(folder):
    """Return all that a run left but for times: every checkpoint, every row, and the summary.

    The save before the last one is of another moment where a run was interrupted, and is left out.
    """
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    found = {
        "rows": [{key: value for key, value in row.items() if key not in IGNORED} for row in rows],
        "summary": {k: v for k, v in json.loads((folder / "summary.json").read_text()).items() if k not in TIMES},
    }
    for path in (folder / "checkpoints").glob("*.pt"):
        if path.name == "previous.pt":
            continue
        state = load(path)
        found[path.name] = plain(state) if path.name == "last.pt" else state
    return found


def difference(first, second, name="", but=""):
    """Return where two things that should be the same first differ, but for one key; empty: nowhere."""
    if isinstance(first, dict) and isinstance(second, dict):
        if first.keys() != second.keys():
            return f"{name}: {sorted(map(str, first.keys() ^ second.keys()))} in one of them only"
        pairs = [(f"{name}.{key}", first[key], second[key]) for key in first if key != but]
    elif isinstance(first, list | tuple) and isinstance(second, list | tuple) and len(first) == len(second):
        pairs = [(f"{name}[{index}]", *both) for index, both in enumerate(zip(first, second, strict=True))]
    else:
        return "" if bits(first) == bits(second) else f"{name}: {first!r:.200} and {second!r:.200}"
    return next((found for label, one, other in pairs if (found := difference(one, other, label, but))), "")


def bits(value):
    """Return what tells two values apart; a NaN is like itself, and -0.0 is not 0.0."""
    if isinstance(value, torch.Tensor):
        return value.dtype, value.shape, value.detach().contiguous().view(-1).view(torch.uint8).numpy().tobytes()
    return type(value), repr(value)


@contextlib.contextmanager
def place():
    """A folder in memory, where there is one: hundreds of checkpoints need no disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)
