"""The outcome alone, as a script wants it: of trainings, of what is resumed, and of searches."""

import json
from types import SimpleNamespace

import pytest

from runner.cli import dispatch
from runner.durable import read_json
from runner.interrupt import Interrupted
from runner.told import sentence, tell_run, told
from tests.history import made

WORDS = ["dataset=noise", "dataset.samples=96", "model=mlp", "model.widths=[8]", "epochs=2", "batch_size=16"]
TINY = [*WORDS, "callback=[progress,record,checkpoint]", "hydra.run.dir=outputs/one"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_json_is_the_summary_and_all_else_is_said_elsewhere(tmp_path, capsys):
    assert dispatch(["--json", *TINY, "expect={test/accuracy: '> 2'}"]) == 3
    out, err = capsys.readouterr()
    assert json.loads(out) == {**read_json(tmp_path / "outputs/one/summary.json"), "folder": "outputs/one"}
    assert "2/2" in err
    assert "test/accuracy" in err.splitlines()[-1], "what was missed"
    assert dispatch(["resume", "one", "epochs=3", "--quiet"]) == 3
    out, err = capsys.readouterr()
    assert out.startswith("one  finished in ")
    assert out.count("\n") == 1
    assert "3/3" not in err
    assert dispatch(["resume", "one", "--json", "-q"]) == 0
    assert json.loads(capsys.readouterr().out)["epochs"] == 3


def test_a_wrong_command_has_no_outcome(capsys):
    for words in (["--json", "modle=cnn"], ["-q", *TINY, "epochs=0"], ["--json", "--cfg", "job"]):
        assert dispatch(words) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("error: ")
    assert dispatch(["--json", "-m", "hydra/launcher=basic", "seed=0,1"]) == 2
    assert "--json is for our own searches" in capsys.readouterr().err


def test_an_interruption_has_an_outcome_too(tmp_path, capsys):
    folder = made.run(tmp_path / "outputs" / "a", status="interrupted")

    def work():
        raise Interrupted(15)

    with pytest.raises(Interrupted):
        told(work, lambda as_json: tell_run(folder, as_json), SimpleNamespace(quiet=False, json=True))
    assert json.loads(capsys.readouterr().out)["status"] == "interrupted"


def test_nothing_is_told_of_what_was_not_trained_or_not_asked_for(tmp_path, capsys):
    def tell(as_json):
        raise AssertionError

    assert told(lambda: 2, tell, SimpleNamespace(quiet=True, json=True)) == 2
    assert told(lambda: 0, tell, SimpleNamespace(quiet=False, json=False)) == 0
    tell_run(tmp_path, as_json=True)
    assert capsys.readouterr().out == ""


def test_a_reader_that_has_gone_changes_no_exit_code():
    def tell(as_json):
        raise BrokenPipeError

    assert told(lambda: 3, tell, SimpleNamespace(quiet=True, json=False)) == 3


def test_the_sentence_of_a_run():
    summary = {
        "status": "finished",
        "objective": "valid/loss",
        "value": 0.5,
        "best_epoch": 2,
        "seconds": {"total": 3.0},
    }
    assert sentence(summary) == "finished in 3.0 s · best valid/loss 0.5000 at epoch 2"
    assert sentence({"status": "failed"}) == "failed in 0.0 s"


@pytest.mark.siege
def test_a_search_is_told_like_a_training(cli, tmp_path):
    words = ["-m", *WORDS, "callback=[record,checkpoint]", "optimizer.lr=0.01,0.001", "sweep.name=first"]
    done = cli("--json", *words)
    assert done.returncode == 0, done.stderr
    known = json.loads(done.stdout)
    assert known["trials"]["complete"] == 2
    assert known["folder"] == "outputs/first"
    assert "2/2" in done.stderr
    quiet = cli("resume", "first", "-q")
    assert (quiet.returncode, quiet.stderr) == (0, "")
    assert quiet.stdout.startswith(f"first  best #{known['best']['number']} valid/accuracy ")
    assert json.loads(cli("--json", *words, "sweep.plan=true").stdout)["total"] == 2


@pytest.mark.siege
@pytest.mark.parametrize("processes", [1, 2])
def test_of_several_processes_one_document(cli, processes):
    done = cli("--json", *WORDS, "callback=[progress,record,checkpoint]", f"hardware.processes={processes}")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "finished"
    assert "2/2" in done.stderr
