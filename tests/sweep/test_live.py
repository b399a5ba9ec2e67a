"""What a search shows while it runs, on a terminal and elsewhere."""

import io
import re
from datetime import datetime, timedelta

import pytest
from rich.console import Console

from runner.stream import LASTING
from runner.sweep.live import RUNNING, Board, cut
from runner.sweep.results import read_results
from runner.sweep.row import Row
from tests.sweep import made


class Stream(io.StringIO):
    encoding = "utf-8"


class Terminal(Stream):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch):
    for name in ("CI", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def study(tmp_path):
    return made.study(tmp_path / "digits-lr", identity=made.identity({"optimizer.lr": ""}))


def piped(stream=None):
    return Console(file=stream or Stream(), highlight=False, soft_wrap=True, width=80)


def terminal():
    return Console(file=Terminal(), force_terminal=True, highlight=False, soft_wrap=True, width=80)


def pictures(console):
    """Each state of the picture, without control sequences."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\f", console.file.getvalue())
    return [part.strip("\r\n") for part in re.split(r"\f+", plain) if part.strip()]


def update(board):
    board.looked = 0.0
    board.update()


def test_a_line_for_each_ended_trial_and_only_one(study):
    board = Board(study, total=5, folder="outputs/s", console=piped())
    made.add(study, value=0.9, texts={"optimizer.lr": "0.012345678"})
    update(board)
    update(board)
    made.add(study, "PRUNED", value=0.95, texts={"optimizer.lr": "1.0"})
    made.add(study, "FAIL", reason="RuntimeError:\nno")
    update(board)
    made.add(study, value=0.91)
    made.add(study, "PRUNED", infeasible=True, reason="out of memory")
    board.close()
    assert board.console.file.getvalue().splitlines() == [
        "1/5  #0 complete  0.9000  1.5 s  lr=0.01235  *",
        "2/5  #1 pruned  0.9500  1.5 s  lr=1",
        "3/5  #2 failed  1.5 s  RuntimeError: no  --> outputs/s/trials/2/log.txt",
        "4/5  #3 complete  0.9100  1.5 s  *",
        "5/5  #4 infeasible  1.5 s  out of memory",
    ]


def test_what_was_there_before_is_told_once(study):
    for _ in range(3):
        made.add(study, value=0.9)
    board = Board(study, total=4, console=piped())
    made.add(study, value=0.8)
    board.close()
    assert board.console.file.getvalue().splitlines() == [
        "3/4 trials are there already",
        "4/4  #3 complete  0.8000  1.5 s",
    ]


def test_it_looks_a_few_times_a_second_however_often_it_is_called(study, monkeypatch):
    board = Board(study, total=4, console=piped())
    looks = []
    monkeypatch.setattr(board, "read", lambda: looks.append(1) or read_results(study))
    for _ in range(1000):
        board.update()
    assert len(looks) <= 1


def test_the_picture_is_taken_away_and_never_wider_than_the_terminal(study):
    board = Board(study, total=40, jobs=2, console=terminal())
    for index in range(12):
        texts = {f"dataset.augment.a_long_name{key}": "0.123456789" for key in range(8)}
        made.add(study, value=0.5 + index / 100, texts=texts)
    made.add(study, "FAIL", reason="ValueError: told at once")
    running = study.ask()
    running.set_user_attr("overrides", ["optimizer.lr=0.5"])
    running.report(0.25, 3)
    study.enqueue_trial({})
    update(board)
    shown = pictures(board.console)
    picture = shown[-1].splitlines()
    assert all(len(line) <= 80 for line in picture)
    assert picture[0] == "digits-lr · valid/accuracy · bayes · 2 jobs"
    assert picture[1].startswith("████████░░░░░░░░░░░░░░░░ 13/40 · ")
    assert picture[1].endswith(" to go")
    assert picture[2].startswith("      best  #11 0.6100  a_long_name0=0.1235 ")
    assert picture[3] == "    trials  15: 12 complete · 1 failed · 1 running · 1 waiting"
    assert picture[4].startswith("   running  #13  epoch 3/10 0.2500  0.")
    assert "lr=0.5" in picture[4]
    assert any("failed  1.5 s  ValueError: told at once  --> trials/12/log.txt" in part for part in shown)
    assert not any("#3 complete" in part for part in shown), "no line for each on a terminal"
    board.close()
    assert board.console.file.getvalue().endswith("\x1b[2K"), "the last thing is to wipe the picture's lines"


def test_the_picture_says_what_matters(study):
    board = Board(study, total=40, console=terminal())
    made.searched(study, 30)
    update(board)
    assert "matters" not in board.console.file.getvalue()
    board.weighed -= 11  # seconds later
    update(board)
    assert re.search(r"\n   matters  optimizer\.lr \d+% · ", pictures(board.console)[-1])
    board.close()


def test_many_running_trials_do_not_flood(study):
    board = Board(study, total=400, jobs=64, console=terminal())
    for _ in range(RUNNING + 5):
        study.ask()
    update(board)
    picture = pictures(board.console)[-1].splitlines()
    assert len(picture) == 3 + RUNNING + 1
    assert picture[-1] == "            and 5 more"
    board.close()


@pytest.mark.parametrize("name", ["CI", "TERM"])
def test_no_picture_in_ci_and_on_dumb_terminals(study, monkeypatch, name):
    monkeypatch.setenv(name, {"CI": "true", "TERM": "dumb"}[name])
    board = Board(study, total=1, console=terminal())
    made.add(study, value=1.0)
    board.close()
    assert board.live is None
    assert "1/1  #0 complete  1.0000" in board.console.file.getvalue()


def test_ascii_where_there_is_no_more(study):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors=LASTING)
    board = Board(study, total=1, console=piped(stream))
    made.add(study, value=1.0, texts={"model": "größe"}, per_seed=[[1.0], [1.0]])
    board.close()
    board.end(read_results(study), "outputs/digits-lr")
    stream.flush()
    said = stream.buffer.getvalue().decode("ascii")
    assert r"model=gr\xf6\xdfe" in said
    assert "digits-lr | valid/accuracy (max) | bayes" in said


def test_the_end_is_eighty_columns_wide_in_a_pipe(study):
    board = Board(study, total=1, console=piped())
    made.add(study, value=1.0)
    made.add(study, value=0.5)
    board.close()
    board.end(read_results(study), "outputs/digits-lr")
    lines = board.console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "            runner resume digits-lr sweep.trials=4" in lines


def test_the_time_to_go(study):
    board = Board(study, total=10, jobs=2, console=piped())
    assert board.left([], []) is None, "nothing is known yet"
    for _ in range(4):
        made.add(study, value=1.0, seconds=10.0)
    made.add(study, "FAIL", seconds=0.1)
    rows = list(read_results(study).rows)
    assert board.left(rows, []) == pytest.approx(25), "5 trials of 10 s, two at a time; one that failed says nothing"
    begun = datetime.now() - timedelta(seconds=5)
    running = [Row(number, "RUNNING", begun=begun) for number in (5, 6)]
    assert board.left(rows, running) == pytest.approx(20, abs=0.5)
    assert Board(study, total=None, console=piped()).left(rows, []) is None
    assert Board(study, total=10, budget=3.0, console=piped()).left(rows, []) == pytest.approx(3, abs=0.5)


def test_a_database_that_is_away_for_a_while_ends_nothing(study, monkeypatch):
    from sqlalchemy.exc import OperationalError

    board = Board(study, total=1, console=piped())
    made.add(study, value=1.0)
    there = board.study.get_trials

    def away(**_):
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    monkeypatch.setattr(board.study, "get_trials", away)
    update(board)
    assert board.console.file.getvalue() == ""
    monkeypatch.setattr(board.study, "get_trials", there)
    board.close()
    assert board.console.file.getvalue() == "1/1  #0 complete  1.0000  1.5 s  *\n"
    monkeypatch.setattr(board.study, "get_trials", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        update(board)


def test_stars_mark_the_front_of_several_objectives(tmp_path):
    study = made.study(tmp_path / "s", objectives=["a", "b"], directions=["maximize", "minimize"])
    board = Board(study, console=piped())
    for values in ([1.0, 5.0], [0.5, 6.0], [0.5, 1.0]):
        made.add(study, value=values)
        update(board)
    board.close()
    assert [line.endswith("*") for line in board.console.file.getvalue().splitlines()] == [True, False, True]


def test_a_line_that_is_too_long_says_so():
    assert cut("abcdefgh", 8) == "abcdefgh"
    assert cut("ab cdefghi", 8) == "ab ..."
