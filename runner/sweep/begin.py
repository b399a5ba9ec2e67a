"""Beginning a search, or going on with it: its folder, its study, and the certainty that it is still the same one."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.durable import write_text
from runner.folder import Busy, lock
from runner.recorded import in_yaml
from runner.secret import masked, masked_override
from runner.sweep.identity import differences, identity
from runner.sweep.objective import objectives
from runner.sweep.place import Place
from runner.sweep.proposal import proposer
from runner.sweep.queue import Queue
from runner.sweep.sampler.design import Design
from runner.sweep.study import create_study
from runner.trust import ledger
from runner.trust.document import read_yaml
from runner.trust.foreign import is_ours, of_links, refuse

if TYPE_CHECKING:
    from runner.sweep.words import Search


@dataclass(frozen=True)
class Begun:
    """A search that can be gone on with.

    Attributes:
        asked: The words and what they mean.
        place: Where it is.
        queue: Of its study.
        directions: Of its objectives: ``maximize`` or ``minimize``, by name.
        total: Trials up to which workers propose new ones; 0: all are enqueued.
        wanted: Trials that there are to be in the end.
    """

    asked: Search
    place: Place
    queue: Queue
    directions: dict[str, str]
    total: int
    wanted: int

    @property
    def objectives(self) -> list[str]:
        """Names of the metrics."""
        return list(self.directions)


@contextlib.contextmanager
def alone(folder: Path, shared: bool) -> Iterator[None]:
    """Be the only process that does this search, unless its storage is one that several share.

    Args:
        folder: Of the search.
        shared: Any number may do it: other machines on the same disk, tasks of a job array on the same machine. Who
            comes first holds the folder; what is written there is the same, and each file is written as a whole.

    Raises:
        Busy: Another process does it already.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(lock(folder))
        except Busy:
            if not shared:
                raise
        yield


def begin(asked: Search, folder: Path, give_up: Callable[[], object] = lambda: False) -> Begun:
    """Make the study, or find it, put back what dead workers have left, and enqueue what a design holds.

    Args:
        asked: What is searched.
        folder: Of the search; it is there.
        give_up: Whether somebody does not want to wait any longer for a storage that does not answer.

    Raises:
        ValueError: The folder, or the study, is of something else.
        ConnectionError: The storage does not answer.
    """
    settings, directions = asked.settings, objectives(asked.cfg)
    storage = masked(asked.cfg.sweep)["storage"]  # without its password, and as the variable that it comes from
    mine = {"storage": storage, **identity(asked, list(directions))}
    before = described(folder)
    compare(folder, before, mine)
    if before is not None and not is_ours(folder):
        refuse(folder.name, of_links(folder))
    place = Place.at(folder, settings.storage, folder.name)
    facts = {
        "name": folder.name,
        "identity": json.dumps(mine),
        "objectives": list(directions),
        "epochs": asked.epochs(),
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "key": secrets.token_hex(8),
    }
    study = create_study(place, list(directions.values()), facts, give_up)
    known = {**json.loads(study.user_attrs["identity"]), "storage": storage}  # others may reach it by another name
    compare(folder, known, mine)
    if any((folder / "trials").glob("*")) and not study.get_trials(deepcopy=False):
        raise ValueError(f"{folder}/trials has runs of which the study knows nothing: give another sweep.name")
    describe(asked, folder, {"directions": list(directions.values()), "created": study.user_attrs["created"]}, mine)
    queue = Queue(place, give_up=give_up)
    queue.reap()
    if settings.retry_failed:
        retry(queue)
    retried = sum("retry_of" in trial.user_attrs for trial in queue.study.get_trials(deepcopy=False))
    made = proposer(settings, asked.space, list(directions), 0)
    if isinstance(made, Design):
        points = made.points(asked.space, settings.trials, settings.seed)
        if (there := len(study.get_trials(deepcopy=False)) - retried) > len(points):
            raise ValueError(
                f"sweep.trials={settings.trials}: {folder.name} has {there} trials already, and keeps them"
            )
        queue.enqueue(points)
        return Begun(asked, place, queue, directions, 0, len(points) + retried)
    assert settings.trials is not None
    return Begun(asked, place, queue, directions, settings.trials + retried, settings.trials + retried)


def described(folder: Path) -> dict[str, Any] | None:
    """Return the identity of the search that a folder is of; None if it is not one yet.

    Raises:
        ValueError: It is a run's.
    """
    if (folder / "config.yaml").exists():
        raise ValueError(f"{folder} is a run, not a search: give another sweep.name")
    try:
        loaded, _ = read_yaml(folder / "sweep.yaml")
    except FileNotFoundError:
        return None
    found = loaded.get("identity") if isinstance(loaded, dict) else None
    if not isinstance(found, dict):
        raise ValueError(f"{folder / 'sweep.yaml'} describes no search: give another sweep.name")
    return found


def compare(folder: Path, before: dict[str, Any] | None, now: dict[str, Any]) -> None:
    """Refuse to go on with another search.

    Raises:
        ValueError: It is another one; the message says what differs.
    """
    if before is not None and (lines := differences(before, now)):
        listed = "".join(f"\n    {line}" for line in lines)
        raise ValueError(f"sweep.name={folder.name} is another search; give another name, or ask for the same:{listed}")


def describe(asked: Search, folder: Path, facts: dict[str, Any], mine: dict[str, Any]) -> None:
    """Write ``sweep.yaml``: what is searched, and the words that asked for it last."""
    words = [masked_override(word) for word in again(asked, folder.name)]
    told = {"name": folder.name, "words": words, **facts, "trials": asked.settings.trials, "identity": mine}
    written = in_yaml(told)
    write_text(folder / "sweep.yaml", written)
    ledger.note(folder.name, written)


def again(asked: Search, name: str) -> list[str]:
    """Return the words, after ``runner``, that go on with a search."""
    command = asked.command
    recipe = [str(command.recipe)] if command.recipe else []
    parts = ["--config-dir", str(command.config_dir)] if command.config_dir else []
    named = [] if asked.settings.name else [f"sweep.name={name}"]
    return ["-m", *parts, *recipe, *command.overrides, *named]


def retry(queue: Queue) -> None:
    """Enqueue the trials that failed as new ones: what has ended stays as it is."""
    with queue.claiming():
        trials = queue.study.get_trials(deepcopy=False)
        done = {trial.user_attrs.get("retry_of") for trial in trials}
        for trial in trials:
            if trial.state.name == "FAIL" and trial.number not in done and trial.params:
                queue.study.enqueue_trial(trial.params, user_attrs={"retry_of": trial.number})
