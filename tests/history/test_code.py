import subprocess

import pytest

from runner.history.code import compare


def git(place, *words):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
    return subprocess.run(command, cwd=place, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def states(tmp_path):
    """A repository, and what three runs in it wrote down: with a change, with it committed, and with another one."""
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("x = 1\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")

    def state():
        return {"commit": git(tmp_path, "rev-parse", "HEAD").strip(), "patch": git(tmp_path, "diff", "HEAD")}

    (tmp_path / "a.py").write_text("x = 2\n")
    changed = state()
    git(tmp_path, "commit", "-qam", "two")
    committed = state()
    (tmp_path / "a.py").write_text('x = 3\napi_key = "hunter2"\n')
    return tmp_path, changed, committed, state()


def test_code_is_compared_and_not_its_history(states):
    place, changed, committed, other = states
    before = sorted(path for path in (place / ".git").rglob("*") if path.is_file())
    assert compare(changed, committed, place).same, "the same code, committed since"
    found = compare(changed, other, place)
    assert not found.same
    assert "-x = 2\n+x = 3\n" in found.patch
    assert "hunter2" not in found.patch
    assert '+api_key = "***"' in found.patch
    assert found.note == ""
    assert sorted(path for path in (place / ".git").rglob("*") if path.is_file()) == before, "nothing is left there"
    assert (place / "a.py").read_text().startswith("x = 3"), "nor is anything changed"


def test_elsewhere_only_what_was_not_committed_is_compared(states, tmp_path_factory):
    _, changed, committed, other = states
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    found = compare(committed, other, elsewhere)
    assert (found.same, found.note) == (False, "only what was not committed is compared")
    assert "+x = 3" in found.patch
    assert compare(changed, other, elsewhere).note.startswith("the commits are not in the repository here")
    assert compare(changed, changed, elsewhere).same
    assert compare(None, None).same
    assert not compare(None, changed, elsewhere).same
