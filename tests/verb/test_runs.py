import json

import pytest

from runner.folder import lock
from runner.verb import doctor, eval, runs, show
from tests.support import trained


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A working directory with two runs."""
    folder = tmp_path_factory.mktemp("place")
    trained(folder / "outputs" / "20260101-000000-aaaaaa")
    trained(folder / "outputs" / "20260101-000001-bbbbbb", "seed=1", "epochs=2")
    return folder


@pytest.fixture(autouse=True)
def _there(place, monkeypatch):
    monkeypatch.chdir(place)


def test_runs_are_listed_with_what_was_typed(capsys):
    assert runs.main([]) == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["run", "status", "value", "epochs"]
    assert first.startswith("20260101-000000-aaaaaa  finished")
    assert second.endswith("valid/accuracy seed=1 epochs=2")
    assert runs.main(["--json"]) == 0
    assert [row["epochs"] for row in json.loads(capsys.readouterr().out)] == [3, 2]


def test_a_live_run_is_running_and_a_dead_one_interrupted(place, capsys):
    dead = place / "outputs" / "20260101-000002-cccccc"
    dead.mkdir()
    (dead / "config.yaml").write_text("epochs: 1\n")
    try:
        for context, status in ((lock(dead), "running"), (None, "interrupted")):
            if context:
                with context:
                    runs.main(["--json"])
            else:
                runs.main(["--json"])
            assert json.loads(capsys.readouterr().out)[-1]["status"] == status
    finally:
        (dead / "config.yaml").unlink()


def test_no_runs_yet(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert runs.main([]) == 0
    assert "no runs in outputs/ yet" in capsys.readouterr().out


def test_show_one_and_two_side_by_side_with_what_differs(capsys):
    assert show.main(["20260101-000000"]) == 0
    text = capsys.readouterr().out
    assert "test/accuracy" in text
    assert "configuration" not in text
    assert show.main(["20260101-000000", "20260101-000001"]) == 0
    differing = capsys.readouterr().out.partition("\nconfiguration\n")[2]
    assert [line.split() for line in differing.splitlines()] == [["epochs", "3", "2"], ["seed", "0", "1"]]
    assert show.main(["latest", "--json"]) == 0
    [shown] = json.loads(capsys.readouterr().out)
    assert shown["config"]["seed"] == 1


def test_show_names_what_is_not_there(capsys):
    assert show.main(["nope"]) == 2
    assert "no run 'nope'" in capsys.readouterr().err


@pytest.mark.parametrize("weights", ["best", "last"])
def test_eval_measures_what_the_run_measured(place, capsys, weights):
    assert eval.main(["latest", "--json", "--part", "valid", "--weights", weights]) == 0
    measured = json.loads(capsys.readouterr().out)["metrics"]
    rows = [json.loads(line) for line in (place / "outputs" / "latest" / "metrics.jsonl").read_text().splitlines()]
    epochs = [row for row in rows if "valid/accuracy" in row]
    expected = max(epochs, key=lambda row: row["valid/accuracy"]) if weights == "best" else epochs[-1]
    assert measured["valid/accuracy"] == expected["valid/accuracy"]
    assert measured["valid/loss"] == pytest.approx(expected["valid/loss"], rel=1e-6)


def test_eval_as_text_and_of_nothing(capsys):
    assert eval.main(["latest"]) == 0
    assert "test/accuracy" in capsys.readouterr().out
    assert eval.main(["nope"]) == 2


def test_eval_of_a_damaged_checkpoint_says_so(place, tmp_path, capsys):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(place / "outputs" / "20260101-000000-aaaaaa", copy)
    (copy / "checkpoints" / "best.pt").write_bytes(b"not a checkpoint")
    assert eval.main([str(copy)]) == 2
    assert "best.pt is damaged" in capsys.readouterr().err


def test_doctor_names_runs_that_were_killed_or_are_behind(place, capsys):
    dead = place / "outputs" / "20260101-000003-dddddd"
    dead.mkdir()
    (dead / "config.yaml").write_text("epochs: 1\n")
    (dead / "tracking.json").write_text('{"complete": false}')
    try:
        doctor.main(["--quick"])
        line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("--  runs"))
        assert "killed, resumable: 20260101-000003-dddddd" in line
        assert "(runner sync): 20260101-000003-dddddd" in line
    finally:
        (dead / "config.yaml").unlink()
