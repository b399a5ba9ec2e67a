import json

import pytest

from runner.verb import reproduce
from tests.reproduce import made
from tests.support import trained
from tests.sweep import made as searched


@pytest.fixture
def outputs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made.table(tmp_path)
    return tmp_path / "outputs"


def told(capsys, *words):
    code = reproduce.main(list(words))
    output = capsys.readouterr()
    return code, output.out, output.err


def test_the_same_machine_gives_the_same_bits(outputs, capsys):
    trained(outputs / "a", *made.CSV, "model.dropout=0.2")
    code, out, err = told(capsys, "a")
    assert (code, err) == (0, "")
    assert "the same bits: " in out
    assert "best.pt" in out
    assert len(list(outputs.glob("*/config.yaml"))) == 3  # latest leads to the new one


def test_one_byte_of_data_is_named_and_nothing_is_trained(outputs, capsys):
    trained(outputs / "a", *made.CSV)
    path = outputs.parent / "data.csv"
    path.write_text(path.read_text().replace(".1", ".2", 1))
    before = list(outputs.iterdir())
    code, out, _ = told(capsys, "a")
    assert code == 1
    assert out.startswith("different: data fingerprint of csv: ")
    assert list(outputs.iterdir()) == before
    code, out, _ = told(capsys, "a", "--json")
    assert code == 1
    assert json.loads(out)["differences"][0]["what"] == "data fingerprint of csv"
    path.unlink()
    assert told(capsys, "a")[0] == 2


def test_what_differs_is_told_before_and_what_came_of_it_after(outputs, capsys):
    """Another seed in the record stands for whatever makes a training come out otherwise."""
    trained(outputs / "a", *made.CSV)
    for name, old, new in (
        ("config.yaml", "\nseed: 0", "\nseed: 1"),
        ("environment.json", '"torch": "', '"torch": "0'),
    ):
        path = outputs / "a" / name
        path.write_text(path.read_text().replace(old, new))
    code, out, err = told(capsys, "a")
    assert code == 1
    assert "warning: package torch: 0" in err
    assert "different: " in out
    assert "perhaps because of package torch: 0" in out
    code, out, _ = told(capsys, "a", "--tolerance", "100", "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["same"], found["bits"], found["tolerance"]) == (True, False, "100")
    assert told(capsys, "a", "--check")[0] == 1


def test_an_interrupted_and_resumed_run_is_what_it_would_have_been(outputs, capsys):
    words = [*made.CSV, "epochs=3"]
    made.interrupted(outputs / "a", *words, updates=5)
    assert told(capsys, "a")[0] == 2
    trained(outputs / "a", *words)
    code, out, _ = told(capsys, "a")
    assert code == 0
    assert "the same bits" in out


def test_a_trial_and_the_best_of_a_sweep(outputs, capsys):
    folder = outputs / "first"
    study = searched.study(folder, identity=searched.identity({"seed": "0,1"}))
    (folder / "sweep.yaml").write_text(json.dumps({"name": "first", "identity": {}}))
    for seed in ("0", "1"):
        searched.add(study, value=0.5 + int(seed), texts={"seed": seed})
        trained(folder / "trials" / seed, *made.CSV, f"seed={seed}")
    for reference, trial in (("first/trials/0", "first/trials/0"), ("first", "first/trials/1")):
        code, out, _ = told(capsys, reference, "--json")
        assert code == 0
        found = json.loads(out)
        assert (found["run"], found["bits"]) == (trial, True)


@pytest.mark.parametrize("words", [["nope"], ["a", "--tolerance", "x"], ["a", "--tolerance", "test/loss=1%"]])
def test_wrong_words(outputs, capsys, words):
    trained(outputs / "a", *made.CSV)
    code, _, err = told(capsys, *words)
    assert code == 2
    assert "Nothing was started" in err


@pytest.mark.siege
def test_from_the_command_line_with_two_processes(cli):
    words = ["dataset=digits", "model=cnn", "epochs=1", "hardware.processes=2", "callback=[record,checkpoint]"]
    assert cli(*words).returncode == 0
    done = cli("reproduce", "latest")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the same bits" in done.stdout
