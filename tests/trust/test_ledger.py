import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.trust import ledger


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "runner"


def test_it_knows_what_was_noted_and_only_with_that_content(home):
    assert not ledger.knows("a", "x: 1\n")
    ledger.note("a", "x: 1\n")
    ledger.note("search/trials/3", "x: 2\n")
    assert ledger.knows("a", "x: 1\n")
    assert ledger.knows("search/trials/3", "x: 2\n")
    assert not ledger.knows("a", "x: 2\n")
    assert not ledger.knows("b", "x: 1\n")
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "ledger").stat().st_mode & 0o777 == 0o600


def test_no_name_can_pass_for_another_line():
    ledger.note("a\n" + "0" * 64 + " 'b'", "x")
    assert len(ledger.place().read_text().splitlines()) == 1
    assert not ledger.knows("b'", "x")


def test_what_is_there_stays_and_a_torn_line_costs_only_itself():
    ledger.note("a", "x")
    with open(ledger.place(), "a") as file:
        file.write("torn")
    ledger.note("b", "x")
    ledger.note("c", "x")
    assert ledger.knows("a", "x")
    assert not ledger.knows("b", "x")
    assert ledger.knows("c", "x")


NOTE = """
import sys
from runner.trust.ledger import note
for number in range(200):
    note(f"{sys.argv[1]}-{number}", "x")
"""


def test_any_number_of_processes_may_note_at_once():
    command = [sys.executable, "-S", "-c", NOTE]
    environment = {**os.environ, "PYTHONPATH": str(Path(ledger.__file__).parents[2])}
    writers = [subprocess.Popen([*command, str(number)], env=environment) for number in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    assert len(ledger.place().read_text().splitlines()) == 800
    assert all(ledger.knows(f"{writer}-{number}", "x") for writer in range(4) for number in range(0, 200, 20))


def test_one_that_others_can_write_is_not_believed():
    ledger.note("a", "x")
    ledger.place().chmod(0o622)
    assert not ledger.knows("a", "x")


def test_without_a_home_nothing_is_noted_and_nothing_known(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    ledger.note("a", "x")
    assert not ledger.knows("a", "x")
    monkeypatch.delenv("XDG_STATE_HOME")

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    ledger.note("a", "x")
    assert not ledger.knows("a", "x")


def test_nothing_is_written_through_a_link(home, tmp_path):
    home.mkdir(parents=True)
    (tmp_path / "profile").write_text("mine\n")
    (home / "ledger").symlink_to(tmp_path / "profile")
    ledger.note("a", "x")
    assert (tmp_path / "profile").read_text() == "mine\n"
