import json

import pytest

from runner.recorded import config as recorded
from runner.reproduce.outcome import Compared, Pair
from runner.reproduce.reproduction import Reproduction, verdict
from runner.reproduce.then import Difference
from tests.reproduce import made
from tests.support import config, trained


@pytest.fixture
def outputs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made.table(tmp_path)
    return tmp_path / "outputs"


def test_it_looks_before_it_trains(outputs):
    trained(outputs / "a", *made.CSV)
    then = json.loads((outputs / "a" / "environment.json").read_text())
    found = Reproduction(outputs / "a", config(*made.CSV), then, None)
    found.look()
    assert (found.code, found.open, found.warnings()) == (0, True, [])
    assert found.lines() == ["code, packages, machine and data are the same"]
    found.train()
    assert (found.code, found.same) == (0, True)
    assert found.lines()[0].startswith("the same bits: ")
    assert json.loads((found.new / "reproduction.json").read_text())["bits"]
    assert recorded(found.new) == recorded(outputs / "a")


def test_a_training_that_fails_is_told_with_its_log(outputs):
    trained(outputs / "a", *made.CSV)
    then = json.loads((outputs / "a" / "environment.json").read_text())
    found = Reproduction(outputs / "a", config(*made.CSV, "optimizer.lr=1e30", "epochs=9"), then, None)
    found.look()
    found.train()
    assert found.code == 1
    assert "the training failed: " in found.error
    assert found.error.endswith("/log.txt")
    assert found.plain()["error"] == found.error


def test_damaged_weights_are_told_before_anything_is_trained(outputs):
    trained(outputs / "a", *made.CSV)
    path = outputs / "a" / "checkpoints" / "best.pt"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    found = Reproduction(outputs / "a", config(*made.CSV), {}, None)
    found.look()
    assert (found.code, found.open) == (2, False)
    assert "is damaged" in found.error


def test_the_verdict_names_the_first_the_largest_and_the_likely_cause():
    pairs = [Pair("a at update 1", 1.0, 1.01), Pair("b at update 2", 1.0, 2.0), Pair("c", 1.0, 1.0)]
    compared = Compared(pairs, {"best": ("1" * 64, "2" * 64)}, ["last.pt"])
    text = "\n".join(verdict(compared, False, [Difference("package torch", "1", "2")]))
    assert text.startswith("different: 2 of 3 numbers and the weights in best.pt")
    assert "first    a at update 1: 1.0 then, 1.01 now" in text
    assert "largest  b at update 2" in text
    assert "perhaps because of package torch: 1 then, 2 now" in text
    assert "not compared: last.pt" in text
    assert "the cause was not written down" in "\n".join(verdict(compared, True, []))


def test_a_run_that_other_code_began_is_told(outputs):
    words = [*made.CSV, "epochs=3"]
    made.interrupted(outputs / "a", *words, updates=5)
    path = outputs / "a" / "environment.json"
    path.write_text(path.read_text().replace('"runner": "', '"runner": "0'))
    trained(outputs / "a", *words)
    found = Reproduction(outputs / "a", config(*words), json.loads(path.read_text()), None)
    found.look()
    assert found.code == 0
    assert found.warnings() == ["1 of the processes that made this run before its last one had other code"]
