"""A search from its words to its results: begun, or gone on with, by the process that the user has started.

Workers do the trials and claim them by themselves (``runner.sweep.worker``); this process makes the study, enqueues
what a design holds, watches the workers, shows, and writes down what came out. Whatever is killed, and whenever: the
same command goes on from there.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl

from runner.check import Problem, report
from runner.command import Command
from runner.durable import keep_names
from runner.make import plain
from runner.sweep.begin import Begun, alone, begin, retry
from runner.sweep.confirm import Confirming, points
from runner.sweep.duration import seconds
from runner.sweep.engine import watch
from runner.sweep.finish import conclude
from runner.sweep.live import Board
from runner.sweep.order import TASK, Order, Searching
from runner.sweep.outage import patiently, trouble
from runner.sweep.queue import Queue
from runner.sweep.record import files, read_place, write_each
from runner.sweep.results import CONFIRM, Results, read_results
from runner.sweep.rules import kind
from runner.sweep.second import WANTED
from runner.sweep.slots import Slots, slots
from runner.sweep.stop import Stop
from runner.sweep.study import create_study
from runner.sweep.tracked import TARGET, Tracked

if TYPE_CHECKING:
    from runner.sweep.words import Search


def search(command: Command, loader: ConfigLoaderImpl, asked: Search, task: str = TASK) -> int:
    """Do what is left of a search, and return the exit code.

    Args:
        command: The words.
        loader: Hydra's, set up for them.
        asked: What they mean, checked.
        task: Path of the function that does a trial.
    """
    folder, settings = asked.folder().absolute(), asked.settings
    with Stop(seconds(settings.budget)) as stop, ExitStack() as stack:
        try:
            begun = stack.enter_context(ready(asked, folder, stop))
            key = key_of(begun)
        except Exception as error:
            said = str(error) if isinstance(error, ValueError) else trouble(error)
            if said is None:
                raise
            report([Problem(said)])
            return 128 + stop.signum if stop.signum else 2
        if settings.trials and begun.wanted < settings.trials:
            print(f"sweep.trials={settings.trials}: there are only {begun.wanted} points", file=sys.stderr)
        places = slots(plain(asked.cfg.hardware), settings.threads)
        tracked = Tracked(
            folder, followed(asked), key=key, facts={"trials": begun.wanted, "pruner": kind(settings.pruner)}
        )
        tracked.start()
        order = Order(
            command,
            begun.place,
            Searching(asked.space, settings.seeds),
            settings,
            begun.objectives,
            begun.total,
            task=task,
            composed=asked.composer.composed,
        )
        try:
            board = stages(order, begun, places, stop)
            return tell(begun, stop, board)
        finally:
            signals = stop.signals
            tracked.finish(ending(stop), urgent=lambda: stop.signals > signals)


@contextmanager
def ready(asked: Search, folder: Path, stop: Stop) -> Iterator[Begun]:
    """Hold the folder, and begin or find the search.

    Raises:
        ValueError: Something else is there, or another process.
        OSError: It cannot be written there, or the storage does not answer.
    """
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{os.path.relpath(folder)} is a file: give another sweep.name")
    folder.mkdir(parents=True, exist_ok=True)
    keep_names(folder.parent)
    with alone(folder, shared=asked.settings.storage is not None):
        yield begin(asked, folder, stop.hurried)


def stages(order: Order, begun: Begun, places: Slots, stop: Stop) -> Board | None:
    """Do what is left of the search and of its second stage, and return what has shown the search.

    The storage, or the disk, may be lost meanwhile: ``stop`` knows it then.
    """
    board, wanted = None, begun.asked.settings.confirm
    try:
        board = shows(order, begun.queue, begun.wanted, places, stop)
        with closing(board):
            watch(order, begun.queue, places, stop, board)
        if wanted and not stop:
            write_each(written(begun, *read_place(begun.place, stop.hurried)))  # whatever happens from here on
            confirm(order, begun, wanted, places, stop)
    except Exception as error:
        stop.lost = stop.lost or trouble(error) or ""
        if not stop.lost:
            raise
    return board


def shows(order: Order, queue: Queue, wanted: int, places: Slots, stop: Stop) -> Board:
    """Return what shows how a stage goes; it has to be closed."""
    left = None if stop.deadline is None else stop.deadline - time.monotonic()
    return Board(queue.study, total=wanted, jobs=places.jobs(order.settings.jobs), budget=left)


def confirm(order: Order, begun: Begun, wanted: Mapping[str, int], places: Slots, stop: Stop) -> None:
    """Train the ``top`` best trials again, with as many ``seeds`` that had no part in choosing them."""
    asked, study = begun.asked, begun.queue.study
    best = patiently(lambda: read_results(study), give_up=stop.hurried).ranking()[: wanted["top"]]
    first = {row.number: int(row.texts.get("seed", asked.cfg.seed)) + asked.settings.seeds for row in best}
    seeds = {number: range(seed, seed + wanted["seeds"]) for number, seed in first.items()}
    place = replace(begun.place, study=f"{begun.place.study}/{CONFIRM}")
    facts = {"name": f"{begun.place.folder.name}/{CONFIRM}", "objectives": begun.objectives, "epochs": asked.epochs()}
    again = create_study(place, list(begun.directions.values()), facts, stop.hurried)
    goal = {"trials": [row.number for row in best], "seeds": wanted["seeds"]}
    patiently(lambda: again.set_user_attr(WANTED, goal), give_up=stop.hurried)
    queue = Queue(place, give_up=stop.hurried)
    queue.reap()
    queue.enqueue(points(best, seeds))
    if asked.settings.retry_failed:
        retry(queue)
    total = len(queue.study.get_trials(deepcopy=False))
    stage = Confirming({row.number: list(row.overrides) for row in best})
    order = replace(order, place=place, stage=stage, total=0)
    with closing(shows(order, queue, total, places, stop)) as board:
        watch(order, queue, places, stop, board)


def written(begun: Begun, results: Results, importance: Mapping[str, float]) -> dict[str, Callable[[], None]]:
    """Return what writes the files of the search."""
    asked = begun.asked
    return files(begun.place.folder, results, importance, report=asked.settings.report, compose=asked.composer.cfg)


def tell(begun: Begun, stop: Stop, board: Board | None) -> int:
    """Write and show what came out, and return the exit code."""
    folder, wrong = begun.place.folder, []
    try:
        results, importance = read_place(begun.place, stop.hurried)
        wrong = write_each(written(begun, results, importance))
        if board is not None:
            board.end(results, os.path.relpath(folder))
        code = conclude(begun, results, stop)
    except Exception as error:
        stop.lost = stop.lost or trouble(error) or ""
        if not stop.lost:
            raise
        print(f"error: {stop.lost}; what is left: runner resume {folder.name}", file=sys.stderr)
        code = 128 + stop.signum if stop.signum else 1
    for sentence in wrong:
        print(f"error: {sentence}", file=sys.stderr)
    return code or int(bool(wrong))


def followed(asked: Search) -> Mapping[str, Any] | None:
    """Return the settings of tracking; None if the search is not tracked."""
    nodes = (plain(asked.cfg.get("callback")) or {}).values()
    return next((node for node in nodes if node and node.get("_target_") == TARGET), None)


def key_of(begun: Begun) -> str:
    """Return what machines that share the study have in common; empty if the study is of this machine."""
    return str(begun.queue.study.user_attrs["key"]) if begun.asked.settings.storage else ""


def ending(stop: Stop) -> str:
    """Return what became of the search, in the words of a run's summary."""
    if stop.broken or stop.lost or stop.failed:
        return "failed"
    return "interrupted" if stop.signum else "stopped" if stop.late else "finished"
