import sys

import pytest

from runner.environment import environment
from runner.reproduce.then import Difference, decisive, differences, same_code

HARDWARE = {"device": "cpu", "precision": "fp32", "threads": 1}


@pytest.fixture
def then(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (tmp_path / "mine.py").write_text("a = 1\n")
    (tmp_path / "w.pt").write_text("w")
    found = {**environment(), **HARDWARE}
    from runner.sources import digest_of

    found["code"] = {"runner": found["code"]["runner"], "files": {"mine.py": digest_of("mine.py")}}
    found["files"] = {"w.pt": digest_of("w.pt")}
    return found


def whats(found):
    return [difference.what for difference in found]


def test_nothing_differs_from_itself(then):
    assert differences(then, HARDWARE) == []
    assert decisive(then) == []


def test_what_says_how_many_threads_there_are_does_not_matter_if_there_are_as_many(then, monkeypatch):
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    assert differences(then, HARDWARE) == []
    assert whats(differences(then, {**HARDWARE, "threads": 7})) == ["threads", "variable MKL_NUM_THREADS"]


def test_each_thing_is_named(then, tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text("a = 2\n")
    (tmp_path / "w.pt").unlink()
    then["code"]["runner"] = "0" * 64
    then["packages"] = {**then["packages"], "torch": "1.0", "mlflow": "1.0"}
    then["python"] = "3.9.0"
    then["git"] = {"commit": "a" * 40, "patch": ""}
    then["platform"] = "other"
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    decided = ["code of runner", "code mine.py", "file w.pt", "package torch", "python"]
    assert whats(decisive(then)) == decided
    found = differences(then, {**HARDWARE, "device": "cuda:0", "threads": 2})
    assert sorted(whats(found)) == sorted(
        [*decided, "commit", "platform", "device", "threads", "variable MKL_NUM_THREADS"]
    )


def test_uncommitted_changes_differ_by_their_lines(then):
    state = {"commit": "a" * 40, "patch": "one\ntwo"}
    now = {**environment(), "git": {**state, "patch": ""}}
    from runner.reproduce.then import of_git

    assert list(map(str, of_git({"git": state}, now))) == ["uncommitted changes: 2 lines then, 0 lines now"]


def test_a_digest_is_shown_short():
    assert str(Difference("x", "ab" * 32, None)) == "x: abababababab then, none now"


def test_code_is_the_same_as_far_as_both_know_it():
    def state(runner, **files):
        return {"code": {"runner": runner, "files": files}}

    assert same_code(state("r", a="1"), state("r", a="1", b="2"))
    assert not same_code(state("r", a="1"), state("r", a="2"))
    assert not same_code(state("r"), state("s"))
