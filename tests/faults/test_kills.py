"""Struck anywhere, as often as you like: nothing torn, nothing lost, nothing left, and the same bits in the end.

A strike comes at an event of the interpreter (``sys.addaudithook``: a file is opened, renamed, removed, a module
imported ...) whose number is drawn: before, between and after any two file operations, and always the same one for the
same ``--seed``.
"""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from runner.folder import is_live, lock
from runner.recorded import describe
from runner.shelf import Shelf
from tests.faults.warm import CODES, count, gone, struck
from tests.support import outcome, same, trained

ROOT = Path(__file__).parent.parent.parent
KINDS = {
    "plain": ["model.dropout=0.3", "callback.checkpoint.every_steps=3", "callback.record.every_steps=2"],
    "loader workers": ["model.dropout=0.3", "dataset.in_memory=false", "dataset.workers=1", "epochs=2"],
    "everything": [
        "model.dropout=0.3",
        "callback=[record,ema,checkpoint,early_stopping,snapshot]",
        "callback.checkpoint.keep=2",
        "callback.checkpoint.every_steps=2",
        "schedule=restarts",
        "schedule.cycle_length=1",
        "hardware.accumulate=2",
    ],
}


def look(folder):
    """What must be so at any time: every file is whole, and nobody holds the run."""
    for path in folder.rglob("*.json"):
        json.loads(path.read_text())
    lines = (folder / "metrics.jsonl").read_text().splitlines() if (folder / "metrics.jsonl").exists() else []
    for line in lines:
        json.loads(line)
    state = Shelf(folder).newest()
    if state is not None:
        recorded = (folder / "metrics.jsonl").read_bytes()[: state["callbacks"]["record"]["offset"]]
        steps = [json.loads(line)["step"] for line in recorded.splitlines()]
        assert recorded.endswith(b"\n") or not recorded
        assert steps == sorted(steps)
        assert all(step <= state["step"] for step in steps)
    assert not is_live(folder)
    with lock(folder):
        pass
    return state["step"] if state else 0


def besiege(tmp_path, words, chance, kills):
    """Strike a training, and again the one that goes on with it, and so on; return what was done."""
    whole = tmp_path / "whole"
    trained(whole, *words)
    expected = outcome(whole)
    (tmp_path / "counted").mkdir()
    events = count(tmp_path / "counted", words)
    ways = [way for way in CODES if way != (signal.SIGCHLD,) or "dataset.workers=1" in words]
    folder, done, step = tmp_path / "run", [], 0
    while len(done) < kills:
        way = chance.choice([*ways, (signal.SIGKILL,), (signal.SIGKILL,)])
        at = chance.randint(1, events)
        code, child = struck(tmp_path, words, at, *way)
        done.append((at, *(number.name for number in way), code))
        assert code in CODES[way], (done, (tmp_path / "said").read_text()[-3000:])
        assert gone(child), f"{done}: orphans"
        reached = look(folder)
        assert reached >= step, f"{done}: a checkpoint was lost"
        step = reached
        if describe(folder)["status"] == "finished":
            check_end(expected, folder, done)
            folder.rename(tmp_path / f"run-{len(done)}")
            step = 0
    trained(folder, *words)
    check_end(expected, folder, done)
    print(events, done)
    return done


def check_end(expected, folder, done):
    """What must be so in the end, as if nothing had happened."""
    found = outcome(folder)
    assert found[1] == expected[1], f"{done}: other rows"
    assert same(expected, found), f"{done}: other bits"
    assert not list(folder.rglob("*.tmp-*")), f"{done}: leftovers"
    assert describe(folder)["status"] in ("finished", "stopped")


@pytest.mark.parametrize("kind", ["plain"])
def test_struck_at_random_it_ends_with_the_same_bits(tmp_path, chance, kind):
    assert len(besiege(tmp_path, KINDS[kind], chance, 12)) == 12


@pytest.mark.siege
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", range(3))
def test_struck_again_and_again_it_ends_with_the_same_bits(tmp_path, chance, kind, part):
    assert len(besiege(tmp_path, KINDS[kind], chance, 10 if kind == "plain" else 6)) >= 6


COMMAND = [
    "dataset=noise", "dataset.samples=1024", "model=mlp", "model.widths=[16]", "model.dropout=0.2", "batch_size=16",
    "callback.checkpoint.every_steps=25", "~callback.progress", "hydra.run.dir=outputs/r",
]  # fmt: skip
WAYS = {
    "everything": {-9},
    "main": {-9},
    "worker": {1, -9, 130},  # 1: the others end for the one that is gone
    "TERM": {143},
    "HUP": {129},
    "INT": {130},
    "TERM to a worker": {143, 1},  # 1: it was only being started, and could not save
}


def command(folder, *words):
    """Start the program in a session of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with open(folder / "said", "ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "runner", *COMMAND, *words],
            cwd=folder, env=environment, stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip


def others(folder):
    """Return all processes that have to do with runs in a folder; the main one among them, if it lives."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        mentions = process.info["cwd"] == str(folder) or any(str(folder) in w for w in process.info["cmdline"] or [])
        if mentions and process.info["status"] != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
            found.append(process)
    return found


def strike(way, main, folder, chance):
    """End something of a run, and return when all of it has ended."""
    workers = [process for process in others(folder) if "runner.worker" in (process.info["cmdline"] or [])]
    victims = {"everything": others(folder), "main": [], "worker": workers, "TERM to a worker": workers}.get(way, [])
    if "worker" in way:
        victims = chance.sample(victims, min(1, len(victims)))
    number = getattr(signal, f"SIG{way.split()[0]}", signal.SIGKILL)
    with contextlib.suppress(psutil.NoSuchProcess):
        for victim in victims:
            victim.send_signal(number)
    if not victims or way == "everything":
        main.send_signal(number)
    code = main.wait(100)
    until = time.monotonic() + 60
    while left := others(folder):
        assert time.monotonic() < until, f"{way}: orphans {left}"
        time.sleep(0.1)
    return code


def chase(folder, words, chance, kills, ways):
    """Strike the program again and again, from its first import on, until it is through; return what was done."""
    done = []
    metrics = folder / "outputs" / "r" / "metrics.jsonl"
    while len(done) < kills:
        main, size = command(folder, *words), metrics.stat().st_size if metrics.exists() else 0
        if chance.random() < 0.7:  # else somewhere in the start
            until = time.monotonic() + 90
            while main.poll() is None and not (metrics.exists() and metrics.stat().st_size > size):
                assert time.monotonic() < until
                time.sleep(0.02)
        with contextlib.suppress(subprocess.TimeoutExpired):
            main.wait(chance.uniform(0, 1.5))
        if main.poll() is not None:
            break  # it was faster than we are
        way = chance.choice(ways)
        done.append((way, strike(way, main, folder, chance)))
        said = (folder / "said").read_text()[-3000:]
        assert done[-1][1] in WAYS[way] | {0}, (done, said)
        assert "Traceback" not in said, (done, said)
        if metrics.exists() and (folder / "outputs" / "r" / "config.yaml").exists():
            look(folder / "outputs" / "r")
    main = command(folder, *words)
    assert main.wait(200) == 0, (done, (folder / "said").read_text()[-3000:])
    return done


def alike(folder, words, tmp_path):
    """The same bits as those of a run that nobody disturbed, nor tracked."""
    (tmp_path / "whole").mkdir()
    assert command(tmp_path / "whole", *words).wait(200) == 0
    expected, found = (outcome(path / "outputs" / "r") for path in (tmp_path / "whole", folder))
    found[0]["callbacks"].pop("mlflow", None)
    assert found[1] == expected[1]
    assert same(expected, found)
    assert not list(folder.rglob("*.tmp-*"))
    assert describe(folder / "outputs" / "r")["status"] == "finished"


@pytest.mark.siege
@pytest.mark.timeout(900)
def test_the_command_is_struck_and_tracked_once(tmp_path, chance):
    """From the first import to the last word to the tracking store: nothing is left that seems to run."""
    folder = tmp_path / "runs"
    folder.mkdir()
    done = chase(folder, ["epochs=20"], chance, 6, ["everything", "main", "main", "TERM", "INT", "HUP"])
    print(done)
    assert done
    alike(folder, ["epochs=20", "~callback.mlflow"], tmp_path)
    with contextlib.closing(sqlite3.connect(f"file:{folder / 'outputs' / 'mlflow.db'}?mode=ro", uri=True)) as store:
        assert store.execute("SELECT status FROM runs").fetchall() == [("FINISHED",)], done
        points = store.execute("SELECT key, step, count(*) FROM metrics GROUP BY key, step HAVING count(*) > 1")
        assert points.fetchall() == []


@pytest.mark.siege
@pytest.mark.timeout(900)
def test_several_processes_are_struck(tmp_path, chance):
    folder, words = tmp_path / "runs", ["epochs=30", "~callback.mlflow", "hardware=cpu", "hardware.processes=2"]
    folder.mkdir()
    done = chase(folder, words, chance, 7, list(WAYS))
    print(done)
    assert done
    alike(folder, words, tmp_path)
