import json

import pytest

from runner.folder import lock
from runner.verb import rm
from tests.conftest import ROOT
from tests.history import made


@pytest.fixture(autouse=True)
def out(tmp_path, monkeypatch):
    monkeypatch.chdir(made.place(tmp_path))
    return tmp_path / "outputs"


@pytest.fixture
def terminal(monkeypatch):
    """A person at a terminal: what is asked, and the answers."""
    asked, answers = [], []
    monkeypatch.setattr(rm, "somebody", lambda: True)
    monkeypatch.setattr("builtins.input", lambda text: asked.append(text) or answers.pop(0))
    return asked, answers


def test_it_asks(out, terminal, capsys):
    asked, answers = terminal
    answers += ["n", "", "y"]
    for left in (True, True, False):
        assert rm.main([made.FIRST, made.SECOND]) == 0
        assert (out / made.FIRST).exists() is left
    assert asked[0].startswith("remove 2 runs, ")
    assert "nothing was removed" in capsys.readouterr().out
    assert not (out / made.SECOND).exists()


@pytest.mark.siege
@pytest.mark.parametrize(("answer", "stays"), [(b"n\n", True), (b"\x04", True), (b"yes\n", False)])
def test_at_a_real_terminal(out, answer, stays):
    import os
    import pty
    import subprocess
    import sys

    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "runner", "rm", made.FIRST]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    said = b""
    while b"[y/N]" not in said:
        said += os.read(ours, 1000)
    os.write(ours, answer)
    assert process.wait(60) == 0
    os.close(ours)
    assert (out / made.FIRST).exists() is stays


def test_where_nobody_can_be_asked_it_needs_yes(out, capsys):
    assert rm.main([made.FIRST]) == 2
    assert "nobody can be asked here: say --yes" in capsys.readouterr().err
    assert rm.main([made.FIRST, "--json"]) == 2
    assert (out / made.FIRST).exists()
    assert rm.main([made.FIRST, "--dry-run"]) == 0
    assert (out / made.FIRST).exists()
    assert rm.main([made.FIRST, "--yes", "--quiet"]) == 0
    assert not (out / made.FIRST).exists()
    capsys.readouterr()
    assert rm.main([made.SECOND, "--yes", "--json"]) == 0
    (gone,) = json.loads(capsys.readouterr().out)
    assert (gone["run"], gone["kind"], gone["exists"]) == (made.SECOND, "run", False)


def test_a_running_one_stops_all_of_it(out, capsys):
    with lock(out / made.SECOND):
        assert rm.main([made.FIRST, made.SECOND, "--yes"]) == 2
    assert f"{made.SECOND} is running" in capsys.readouterr().err
    assert (out / made.FIRST).exists()
    assert rm.main([made.FIRST, "nope", "--yes"]) == 2
    assert (out / made.FIRST).exists()


def test_a_trial_needs_its_sweeps_consent_and_a_sweep_takes_its_trials_along(out, capsys):
    assert rm.main(["mine/trials/0", "--yes"]) == 2
    assert "is a trial of mine" in capsys.readouterr().err
    assert rm.main(["mine/trials/0", "mine", "--yes"]) == 0
    assert "sweep mine  " in capsys.readouterr().out
    assert not (out / "mine").exists()


def test_what_is_tracked_stays_unless_told(out, monkeypatch, capsys):
    for name in (made.FIRST, made.SECOND):
        (out / name / "tracking.json").write_text(json.dumps({"uri": "http://me:x@server", "run_id": "1"}))
    assert rm.main([made.FIRST, "--yes"]) == 0
    assert "its entry in http://me:***@server stays: --tracking deletes it, too" in capsys.readouterr().out

    def unreachable(folders):
        raise OSError("no answer")

    monkeypatch.setattr("runner.tracking.forget.delete", unreachable)
    assert rm.main([made.SECOND, "--yes", "--tracking"]) == 1
    assert f"{made.SECOND} was not removed: no answer" in capsys.readouterr().err
    assert (out / made.SECOND).exists(), "else nothing would be left that knows of the entry"


def test_leftovers_of_a_killed_removal_go_with_the_next_one(out):
    left = out / ".x.removed-1"
    left.mkdir()
    assert rm.main([made.FIRST, "-y", "-q"]) == 0
    assert not left.exists()
