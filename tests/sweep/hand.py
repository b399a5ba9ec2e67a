"""Hands: real processes that work on a study, cheap to start and safe to kill."""

import contextlib
import json
import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

from runner.sweep.lease import Lease
from runner.sweep.place import Place
from runner.sweep.queue import Queue
from runner.sweep.study import create_study

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.sweep.warm"])
"""A forked process has these imported already: 20 ms instead of a second."""


def start(function, *arguments):
    """Start ``function(*arguments)`` in a process of its own, that ends with this one."""
    process = CONTEXT.Process(target=function, args=arguments, daemon=True)
    process.start()
    return process


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)


def at_once(function, *arguments, count=4):
    """Run ``function(*arguments)`` in several processes that begin in the same instant; all have to end well."""
    barrier = CONTEXT.Barrier(count)
    processes = [start(_behind, barrier, function, arguments) for _ in range(count)]
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * count


def _behind(barrier, function, arguments):
    barrier.wait(60)
    function(*arguments)


def until(condition, seconds=10.0):
    """Wait for a condition, and return how long that took."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds
        time.sleep(0.01)
    return time.monotonic() - begin


def sampler_for(queue):
    """What makes the samplers of a queue: each its own, by the number of its trial."""
    from optuna.samplers import RandomSampler

    return lambda study: RandomSampler(seed=queue.number)


def ask(queue, owner, total=None):
    return queue.ask(owner, sampler_for(queue), total)


def suggest(trial):
    return {"x": trial.suggest_float("x", 0, 100), "y": trial.suggest_categorical("y", ["a", "b"])}


def value(params):
    return params["x"] + (params["y"] == "b")


def create(plain, points=()):
    place = Place.read(plain)
    create_study(place, ["minimize"], {"name": "test"})
    if points:
        Queue(place).enqueue(points)


def work(plain, owner, total, log, death="", dwell=0.0):
    """Train trials until all have ended; note in ``log`` what was started, one line each.

    Args:
        death: Where to be killed in the first trial: between its ``parameters`` or in its ``training``.
    """
    place = Place.read(plain)
    queue, asked = Queue(place), 0
    with Lease.hold(place, owner):
        while any(not trial.state.is_finished() for trial in queue.study.get_trials(deepcopy=False)) or total:
            trial = ask(queue, owner, total)
            if trial is None:
                total = 0
                time.sleep(0.02)
                continue
            asked += 1
            if asked == 1 and death == "parameters":
                trial.suggest_float("x", 0, 100)
                os.kill(os.getpid(), signal.SIGKILL)
            params = suggest(trial)
            with open(log, "a", encoding="utf-8") as file:
                file.write(json.dumps([trial.number, params, owner]) + "\n")
            if asked == 1 and death == "training":
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(dwell)
            queue.tell(trial, "COMPLETE", [value(params)], attrs={"by": owner})


def hold(plain, owner, ready, child=False):
    """Hold a lease, perhaps with a forked child that outlives us, until killed."""
    with Lease.hold(Place.read(plain), owner):
        if child:
            pid = os.fork()
            if not pid:
                time.sleep(60)
                os._exit(0)
            Path(ready).write_text(str(pid))
        else:
            Path(ready).write_text("0")
        time.sleep(60)


def die_claiming(plain, ready):
    """Hold the study's lock and the lease of nobody, until killed."""
    with Queue(Place.read(plain)).claiming():
        Path(ready).write_text("0")
        time.sleep(60)


def is_there(path):
    with contextlib.suppress(OSError, ValueError):
        return int(Path(path).read_text()) >= 0
    return False


def siege(place, strikes, total=24, workers=3):
    """Let workers train all trials of a study and be killed: where it hurts, and at random; check that nothing shows.

    Args:
        strikes: How many at most are killed at random moments; the first four die in their first trial anyway.
    """
    log, generator = place.folder / "log", random.Random(0)
    place.folder.mkdir(exist_ok=True)
    create_study(place, ["minimize"], {})
    queue = Queue(place)
    points = [{"x": float(x), "y": y} for x in range(5) for y in ("a", "b")]
    queue.enqueue(points)
    crew, dead, begun, deaths = {}, set(), 0, iter(["parameters", "training"] * 2)
    seen = 0
    while sum(trial.state.is_finished() for trial in queue.study.get_trials(deepcopy=False)) < total:
        for owner in [owner for owner, process in crew.items() if not process.is_alive()]:
            assert crew.pop(owner).exitcode in (0, -signal.SIGKILL)
            dead.add(owner)
        while len(crew) < workers:
            owner, begun = f"hand-{begun}", begun + 1
            crew[owner] = start(work, place.plain(), owner, total, log, next(deaths, ""), 0.03)
        lines = log.read_text().splitlines() if log.exists() else []
        if strikes and len(lines) > seen and (busy := crew.get(json.loads(lines[-1])[2])):
            time.sleep(generator.uniform(0, 0.08))  # it trains for 0.03 s, and tells, and asks for another
            with contextlib.suppress(ProcessLookupError):
                os.kill(busy.pid, signal.SIGKILL)
                strikes, seen = strikes - 1, len(lines) + generator.randrange(3)
        queue.reap(dead)
        time.sleep(0.05)
    for process in crew.values():
        process.join(30)
        assert process.exitcode in (0, -signal.SIGKILL)
    trials = queue.study.get_trials()
    assert [trial.number for trial in trials] == list(range(total))
    assert {trial.state.name for trial in trials} == {"COMPLETE"}
    assert [trial.value for trial in trials] == [value(trial.params) for trial in trials]
    assert [trial.params for trial in trials[: len(points)]] == points
    assert len({tuple(trial.params.items()) for trial in trials}) == total
    started = [json.loads(line) for line in log.read_text().splitlines()]
    assert all(params == trials[number].params for number, params, _ in started), "a retried trial keeps its parameters"
    retried = sum(trial.user_attrs["attempts"] > 1 for trial in trials)
    assert 2 <= retried <= begun
