"""``runner export``: a run becomes files, a card, and a version in the registry."""

import json
import os
import shutil
import subprocess
import sys

import numpy
import pytest
import torch
from PIL import Image

from runner.cli import dispatch
from runner.export.form import form
from runner.inference.answer import answer
from runner.inference.saved import Saved
from runner.matrix.made import folder_of_pictures
from tests.support import trained
from tests.typed import typed


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a run in its outputs."""
    place = tmp_path_factory.mktemp("place")
    trained(place / "outputs" / "run", "epochs=1")
    return place


@pytest.fixture(autouse=True)
def _here(place, monkeypatch):
    monkeypatch.chdir(place)


def said(capsys, *words):
    try:
        code = dispatch(["export", *words])
    except SystemExit as end:  # argparse's own
        code = end.code
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_files_and_a_card_beside_them(place, capsys):
    shutil.copytree(place / "outputs" / "run", place / "outputs" / "other")
    code, out, err = said(capsys, "other", "--format", "pt2,state_dict", "--license", "mit")
    assert (code, err) == (0, "")
    assert out == (
        "outputs/other/export/model.pt2  differs from the checkpoint by at most 0 (batches of 1, 2, 7)\n"
        "outputs/other/export/model.pt  differs from the checkpoint by at most 0 (batches of 1, 2, 7)\n"
        "outputs/other/export/README.md  the card; model.json has its values\n"
    )
    export = place / "outputs" / "other" / "export"
    assert sorted(os.listdir(export)) == ["README.md", "model.json", "model.pt", "model.pt2"]
    facts = json.loads((export / "model.json").read_text())
    best = torch.load(place / "outputs" / "run" / "checkpoints" / "best.pt", weights_only=True)["model"]
    weights = torch.load(export / "model.pt", weights_only=True)
    assert all(torch.equal(weights[name], value) for name, value in best.items())
    assert (facts["run"], facts["check"]["pt2"]["largest"]) == ("other", 0.0)
    assert "license: mit\n" in (export / "README.md").read_text()


def test_a_second_export_keeps_what_is_true_and_removes_what_is_not(tmp_path, capsys):
    words = ["--out", str(tmp_path / "out"), "--format"]
    assert said(capsys, "run", *words, "state_dict,pt2", "--license", "mit")[0] == 0
    (tmp_path / "out" / "mine.txt").write_text("mine")
    code, out, err = said(capsys, "run", *words, "pt2")
    assert (code, err) == (0, "")
    assert "model.pt  stays: an earlier export of the same weights\n" in out
    facts = json.loads((tmp_path / "out" / "model.json").read_text())
    assert list(facts["check"]) == list(facts["files"]) == ["pt2", "state_dict"]
    card = (tmp_path / "out" / "README.md").read_text()
    assert "`model.pt`:" in card
    assert "| state_dict | 0 |" in card
    assert "license: mit\n" in card
    trained(tmp_path / "run", "epochs=1", "seed=5")  # of the same name, with other weights
    code, out, err = said(capsys, str(tmp_path / "run"), *words, "pt2")
    path = os.path.relpath(tmp_path / "out" / "model.pt")
    assert (code, err) == (0, f"note: {path} was removed: an earlier export, not of this model\n")
    assert sorted(os.listdir(tmp_path / "out")) == ["README.md", "mine.txt", "model.json", "model.pt2"]
    card = (tmp_path / "out" / "README.md").read_text()
    assert "`model.pt`:" not in card
    assert "license: mit\n" in card


def test_other_weights_elsewhere_for_programs(tmp_path, capsys):
    words = ["run", "--format", "state_dict", "--weights", "last", "--out", str(tmp_path / "here"), "--json"]
    code, out, err = said(capsys, *words)
    assert (code, err) == (0, "")
    assert set(json.loads(out)) == {"run", "out", "check"}
    assert "Weights `last` of the run `run`" in (tmp_path / "here" / "README.md").read_text()


def test_all_leaves_out_what_is_not_installed_and_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(type(form("onnx")), "packages", ("torch", "no_such_package"))
    code, _, err = said(capsys, "run", "--format", "all", "--out", str(tmp_path / "out"))
    lacks = "onnx needs no_such_package, which is not installed: pip install no_such_package"
    assert (code, err) == (0, f"note: left out: {lacks}\n")
    assert sorted(os.listdir(tmp_path / "out")) == ["README.md", "model.json", "model.pt", "model.pt2"]
    code, out, err = said(capsys, "run", "--format", "pt2,onnx", "--out", str(tmp_path / "other"))
    assert (code, out, err) == (2, "", f"error: {lacks}\n")
    assert not (tmp_path / "other").exists()


def test_who_follows_the_card_of_pictures_gets_what_predict_says(tmp_path, monkeypatch, capsys):
    folder_of_pictures(tmp_path / "pictures")
    words = ["dataset=image_folder", f"dataset.folder={tmp_path / 'pictures'}", "dataset.size=8", "dataset.valid=0.3"]
    typed(tmp_path / "run", *words, "dataset.workers=0", "model=linear")
    assert said(capsys, str(tmp_path / "run"), "--format", "pt2")[0] == 0
    export = tmp_path / "run" / "export"
    monkeypatch.chdir(export)
    pixels = numpy.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=numpy.uint8)
    Image.fromarray(pixels).save("picture.png")
    (row,) = answer(Saved(tmp_path / "run"), ["picture.png"], 2, ["best"])
    card, facts = (export / "README.md").read_text(), json.loads((export / "model.json").read_text())

    def probabilities(inputs):
        outputs = torch.export.load("model.pt2").module()(inputs)
        return {name: p.item() for name, p in zip(facts["outputs"]["classes"], outputs.softmax(1)[0], strict=True)}

    expected = {row[f"prediction{end}"]: row[f"probability{end}"] for end in ("", "_2")}
    # by its sentence: the shorter side to 8, the middle square, RGB from 0 to 255, channels first
    assert f"- what the dataset stores: {facts['inputs']['preparation']}\n" in card
    small = Image.open("picture.png").convert("RGB").resize((8, 8), Image.Resampling.BILINEAR, box=(10, 0, 50, 40))
    stored = torch.from_numpy(numpy.array(small)).permute(2, 0, 1).float()
    mean, std = (torch.tensor(facts["inputs"][key]).view(3, 1, 1) for key in ("mean", "std"))
    assert probabilities(((stored - mean) / std)[None]) == pytest.approx(expected, abs=1e-3)
    # and by its lines of Python
    names: dict = {}
    exec(card.split("```python\n")[1].split("```")[0].replace("picture.jpg", "picture.png"), names)
    assert probabilities(names["inputs"]) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nothing"], "error: no run 'nothing'"),
        (["run", "--format", "pt3"], "error: --format pt3: there are pt2, onnx, state_dict, all: did you mean pt2"),
        (["run", "--weights", "nothing"], "error: there is no checkpoint "),
        (["run", "--out", "no/such/folder"], "error: --out no/such/folder: there is no folder no/such"),
        (["run", "--out", "outputs/run/config.yaml"], "error: outputs/run/config.yaml cannot be written: "),
        (["run", "--alias", "champion"], "--alias is for --register NAME"),
        (["run", "--register", "x", "--weights", "last"], "--register takes the best weights"),
        (["run", "--tolerance", "-1"], "--tolerance must be >= 0, got -1.0"),
        (["run", "--register", "x", "--format", "state_dict"], "error: run is in no tracking store: runner sync run"),
    ],
)
def test_mistakes(words, told, capsys):
    code, out, err = said(capsys, *words)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err
    assert not os.path.exists("outputs/run/export")


@pytest.mark.parametrize(
    ("name", "wanted", "told"),
    [
        ("Noisy", "state_dict", "error: state_dict: for a batch of 1 it differs from the checkpoint by 0."),
        ("Deciding", "state_dict,pt2", "error: pt2: the model has no graph that torch.export can find: "),
    ],
)
def test_a_file_that_is_not_the_model_is_not_left(tmp_path, capsys, name, wanted, told):
    typed(tmp_path / "run", "dataset=noise", "dataset.samples=96", f"model._target_=tests.export.conftest.{name}")
    code, out, err = said(capsys, str(tmp_path / "run"), "--format", wanted)
    assert (code, out) == (1, "")
    assert err.startswith(told)
    assert err.endswith(". Nothing was written.\n")
    assert not (tmp_path / "run" / "export").exists()


@pytest.mark.siege
def test_from_training_to_the_champion(cli, tmp_path):
    """A run as everyone makes it, exported and registered, is loaded by name, and its files by torch alone."""
    words = ["dataset=digits", "model=cnn", "model.widths=[4,8]", "epochs=2"]
    done = cli(*words)
    assert done.returncode == 0, done.stderr
    done = cli("export", "latest", "--register", "digits", "--alias", "champion")
    assert done.returncode == 0, done.stderr
    assert "models:/digits@champion  version 1 in sqlite:////" in done.stdout
    shutil.copy(tmp_path / "outputs" / "latest" / "export" / "model.pt2", tmp_path)
    program = """
import mlflow, torch
inputs = torch.randn(7, 1, 8, 8)
outputs = torch.export.load("model.pt2").module()(inputs)
mlflow.set_tracking_uri("sqlite:///outputs/mlflow.db")
torch.testing.assert_close(mlflow.pytorch.load_model("models:/digits@champion")(inputs), outputs)
"""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
