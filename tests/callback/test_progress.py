import contextlib
import io
import os
import re
import threading

import pytest

from runner.beside import Beside
from runner.callback.progress import Progress, shares
from runner.durable import read_json
from runner.stream import LASTING
from runner.train import train
from tests.support import built, config, trained

LOUD = "callback=[progress,record,checkpoint]"


def test_in_a_pipe_every_epoch_is_a_line_and_the_end_says_what_to_type(tmp_path, capsys):
    trained(tmp_path / "run", LOUD)
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "\r" not in text
    assert "noise · 56 train / 16 valid / 24 test · 1x8x8 · 4 classes" in text
    assert "MLP · 556 parameters" in text
    assert "adamw lr 0.003 · onecycle · 12 updates of 16" in text
    assert re.search(r"^bottleneck  \d+ % of the time was spent ", text, re.MULTILINE)
    rows = re.findall(r"^ +(\d)/3 .*s(?: \*)?$", text, re.MULTILINE)
    assert rows == ["1", "2", "3"]
    assert re.search(r"^finished in .* · best valid/accuracy 0\.\d{4} at epoch \d · test/accuracy", text, re.MULTILINE)
    for command in ("runner resume run epochs=6", "runner eval run", "runner show run latest"):
        assert command in text


def test_a_pruned_run_can_be_trained_to_its_end(tmp_path, capsys):
    (tmp_path / "run").mkdir()
    train(config(LOUD), tmp_path / "run", [], Beside(judge=lambda epoch, value: "by asha" if epoch == 2 else None))
    text = capsys.readouterr().out
    assert re.search(r"^pruned in .* s · best valid/accuracy 0\.\d{4} at epoch \d$", text, re.MULTILINE)
    assert "reason  pruned: by asha, valid/accuracy" in text
    assert re.search(r"next  runner resume run$", text, re.MULTILINE)


@pytest.mark.parametrize(("after", "saved"), [(1, False), (9, True)])
def test_a_failed_run_says_how_to_go_on_if_there_is_something_to_go_on_from(tmp_path, capsys, after, saved):
    cfg = config(LOUD)
    cfg.model = {"_target_": "tests.faults.own.Bomb", "after": after}
    (tmp_path / "run").mkdir()
    with pytest.raises(KeyError):
        train(cfg, tmp_path / "run", [])
    said = capsys.readouterr()
    assert ("runner resume run" in said.out, "next" in said.out) == (saved, saved)
    first, place, *_ = said.err.splitlines()
    assert re.fullmatch(rf"error: failed in epoch \d after step {after}: KeyError: 'boom'", first)
    assert re.fullmatch(r"  --> \S*own\.py:\d+ in forward", place)
    assert "Traceback" in (tmp_path / "run" / "log.txt").read_text()
    reason = read_json(tmp_path / "run" / "summary.json")["reason"]
    assert re.fullmatch(r"KeyError: 'boom'\n  --> \S*own\.py:\d+ in forward", reason)


def test_changed_and_notes_are_shown(tmp_path, capsys):
    trained(tmp_path / "run", LOUD, "hardware.precision=tf32", "hardware.device=cpu")
    text = " ".join(capsys.readouterr().out.split())
    assert "hardware.precision=tf32 hardware.device=cpu" in text
    assert "no effect on cpu" in text


def test_several_processes_are_told(tmp_path, capsys):
    run = built(tmp_path / "run", LOUD, "hardware=cpu")
    run.facts["processes"] = 2
    run.callbacks["progress"].start(run)
    assert re.search(
        r"hardware  2 processes · cpu · \d+ threads? · fp32 · seed 0$", capsys.readouterr().out, re.MULTILINE
    )


@pytest.mark.parametrize("order", ["[progress,mlflow,record]", "[record,mlflow,progress]"])
def test_it_is_closed_last_and_tracking_after_the_record_whatever_the_order(tmp_path, order):
    run = built(tmp_path / "run", f"callback={order}")
    assert list(run.callbacks) == ["progress", "mlflow", "record"]


@pytest.mark.parametrize("errors", ["strict", LASTING])
def test_a_terminal_that_speaks_ascii_gets_ascii(tmp_path, monkeypatch, errors):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors=errors)
    monkeypatch.setattr("sys.stdout", stream)
    trained(tmp_path / "größe", LOUD, "epochs=1")
    stream.flush()
    said = stream.buffer.getvalue().decode("ascii")
    assert "noise | 56 train" in said
    assert r"gr\xf6\xdfe" in said
    assert "?" not in said


@pytest.mark.parametrize(("ci", "live"), [("true", False), ("", True)])
def test_a_bar_on_a_terminal_only(monkeypatch, ci, live):
    monkeypatch.setenv("CI", ci)
    assert not Progress().live
    said = terminal(monkeypatch)
    progress = Progress()
    assert progress.live is live
    assert progress.watches_steps() is live
    assert not Progress(bar=False).live
    said()


def test_the_bar_moves_and_leaves_no_trace(tmp_path, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    said = terminal(monkeypatch)
    trained(tmp_path / "run", LOUD)
    assert "finished in" in said()


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"TTY_INTERACTIVE": "0"}])
def test_a_terminal_that_cannot_go_back_gets_lines(tmp_path, monkeypatch, variables):
    monkeypatch.delenv("CI", raising=False)
    said = terminal(monkeypatch, **variables)
    trained(tmp_path / "run", LOUD)
    assert re.search(r"^ +3/3 ", text := said().replace("\r\n", "\n"), re.MULTILINE)
    assert "\r" not in text


def test_colours_that_are_asked_for_in_a_log_move_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    trained(tmp_path / "run", LOUD)
    text = capsys.readouterr().out
    assert "\x1b[1m" in text
    assert not re.search(r"\r|\x1b\[[0-9;?]*[A-KHh]", text)


def terminal(monkeypatch, **variables):
    """Make the standard output a terminal; return what reads all that it has shown."""
    for name, value in {"TERM": "xterm", **variables}.items():
        monkeypatch.setenv(name, value)
    master, slave = os.openpty()
    shown = bytearray()

    def read():
        with contextlib.suppress(OSError):
            while chunk := os.read(master, 65536):
                shown.extend(chunk)

    reader = threading.Thread(target=read)
    reader.start()
    stream = open(slave, "w", encoding="utf-8")  # noqa: SIM115  # closed below
    monkeypatch.setattr("sys.stdout", stream)

    def said():
        monkeypatch.undo()
        stream.close()
        reader.join()
        os.close(master)
        return shown.decode()

    return said


def test_shares_are_of_the_whole_largest_first():
    assert list(shares({"a": 1.0, "b": 3.0, "c": 0.001, "total": 4.0})) == ["b 75%", "a 25%"]
    assert list(shares({})) == []


@pytest.mark.parametrize(("epochs", "rows"), [(200, 200), (201, 101), (450, 150)])
def test_many_epochs_do_not_flood_a_log(tmp_path, capsys, epochs, rows):
    from types import SimpleNamespace

    run = built(tmp_path / "run", LOUD, f"epochs={epochs}")
    progress = run.callbacks["progress"]
    progress.start(run)
    run.best = SimpleNamespace(epoch=2)
    for run.epoch in range(1, epochs + 1):
        progress.epoch(run)
    lines = [line for line in capsys.readouterr().out.splitlines() if re.match(rf" *\d+/{epochs} ", line)]
    assert len(lines) == rows
    assert lines[-1].split()[0] == f"{epochs}/{epochs}"
    starred = [line for line in lines if line.endswith("*")]
    assert len(starred) == 1, "a best epoch without a row of its own has its star in the next one"
