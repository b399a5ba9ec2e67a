"""Beginning a search: its lock, its words, and that it is the same one."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from runner.command import Command, read_command
from runner.compose import hydra_for
from runner.folder import Busy, is_live, lock
from runner.sweep.begin import again, alone, begin, compare, described, retry
from runner.sweep.place import Place
from runner.sweep.queue import Queue
from runner.sweep.study import create_study
from runner.sweep.words import read_search


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "outputs" / "s"
    made.mkdir(parents=True)
    return made


def started(folder, *words):
    command = read_command(["-m", "sweep.name=s", *words])
    with hydra_for(command) as loader:
        asked, problems = read_search(command, loader)
        assert not problems
        return begin(asked, folder)


def test_a_folder_is_held_by_one_process(folder):
    with lock(folder), pytest.raises(Busy, match="in use by process"), alone(folder, shared=False):
        pass


def test_a_storage_that_is_shared_needs_nobody_alone(folder):
    with alone(folder, shared=True), alone(folder, shared=True):
        assert is_live(folder)
    with lock(folder), alone(folder, shared=True):
        pass


def test_a_design_is_enqueued_once_and_extended(folder):
    first = started(folder, "sweep=random", "optimizer.lr=interval(0.1,1.0)", "sweep.trials=3")
    assert (first.total, first.wanted, first.objectives) == (0, 3, ["valid/accuracy"])
    second = started(folder, "sweep=random", "optimizer.lr=interval(0.1,1.0)", "sweep.trials=5")
    assert second.wanted == 5
    trials = second.queue.study.get_trials()
    assert [trial.state.name for trial in trials] == ["WAITING"] * 5
    assert trials[:3] == first.queue.study.get_trials()[:3]


def test_what_is_proposed_is_not_enqueued(folder):
    made = started(folder, "sweep=bayes", "optimizer.lr=interval(0.1,1.0)", "sweep.trials=5", "sweep.seed=4")
    assert (made.total, made.wanted, made.queue.study.get_trials()) == (5, 5, [])
    said = yaml.safe_load((folder / "sweep.yaml").read_text())
    assert said["words"][:2] == ["-m", "sweep.name=s"]
    assert (said["name"], said["trials"], said["directions"]) == ("s", 5, ["maximize"])
    assert said["identity"]["space"] == {"optimizer.lr": "interval(0.1, 1.0)"}
    assert described(folder) == said["identity"]


def test_what_may_change_and_what_may_not(folder):
    words = ("sweep=bayes", "optimizer.lr=interval(0.1,1.0)")
    started(folder, *words)
    started(folder, *words, "sweep.trials=70", "sweep.jobs=3", "sweep/pruner=none", "sweep.budget=2h", "hardware=cpu")
    for word in ("optimizer.lr=interval(0.1,2.0)", "sweep.seed=1", "epochs=7", "sweep.storage=sqlite:///other.db"):
        with pytest.raises(ValueError, match="another search") as refused:
            started(folder, *words, word)
        assert word.split("=")[0].removeprefix("sweep.") in str(refused.value)


def test_differences_are_listed():
    with pytest.raises(ValueError, match=r"epochs: 5 -> 6"):
        compare(Path("s"), {"config": {"epochs": 5}}, {"config": {"epochs": 6}})
    compare(Path("s"), None, {})


def test_the_words_that_go_on_with_a_search():
    command = Command(Path("/r.yaml"), ("optimizer.lr=1,2",), Path("/mine"), True)
    unnamed = SimpleNamespace(command=command, settings=SimpleNamespace(name=None))
    assert again(unnamed, "x") == ["-m", "--config-dir", "/mine", "/r.yaml", "optimizer.lr=1,2", "sweep.name=x"]
    named = SimpleNamespace(command=command, settings=SimpleNamespace(name="x"))
    assert again(named, "x")[-1] == "optimizer.lr=1,2"


def test_what_failed_waits_again_as_another_trial(folder):
    place = Place.at(folder)
    create_study(place, ["minimize"], {})
    queue = Queue(place)
    queue.enqueue([{"x": 1.0}, {"x": 2.0}])
    for state in ("FAIL", "COMPLETE"):
        trial = queue.ask("me", lambda _: None)
        trial.suggest_float("x", 0, 10)
        queue.tell(trial, state, [1.0] if state == "COMPLETE" else None)
    retry(queue)
    retry(queue)
    trials = queue.study.get_trials()
    assert [trial.state.name for trial in trials] == ["FAIL", "COMPLETE", "WAITING"]
    assert trials[2].user_attrs == {"retry_of": 0}
    assert trials[2].system_attrs["fixed_params"] == {"x": 1.0}


def test_a_storage_is_written_down_without_its_password_and_as_the_variable_that_it_was(folder, monkeypatch):
    path = f"sqlite:///{folder / 'x.db'}?password=s3cret"
    monkeypatch.setenv("WHERE", path)
    for word, written in ((path, path.replace("s3cret", "***")), ("${oc.env:WHERE}", "${oc.env:WHERE}")):
        name = folder.parent / f"s{len(word)}"
        name.mkdir()
        command = read_command(["-m", f"sweep.name={name.name}", "epochs=1,2", f"sweep.storage='{word}'"])
        with hydra_for(command) as loader:
            asked, problems = read_search(command, loader)
            assert not problems
            begin(asked, name)
        assert yaml.safe_load((name / "sweep.yaml").read_text())["identity"]["storage"] == written
        assert "s3cret" not in (name / "sweep.yaml").read_text()
