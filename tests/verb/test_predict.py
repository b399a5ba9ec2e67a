"""``runner predict``: files and parts of the data in, rows out."""

import csv
import json
import shutil

import numpy
import pytest
import torch
from PIL import Image

from runner.dataset.digits import digits
from runner.matrix.made import file_of_rows, folder_of_pictures, folder_of_texts
from runner.verb import eval, predict
from tests.typed import typed

TABLE = ["dataset=csv", "dataset.path=rows.csv", "model.widths=[8]"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("place")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        file_of_rows(folder / "rows.csv")
        folder_of_texts(folder / "texts")
        folder_of_pictures(folder / "pictures")
        outputs = folder / "outputs"
        typed(outputs / "digits", "dataset=digits", "model=mlp", "model.widths=[16]")
        typed(outputs / "rows", "dataset=rows", "model=gru", "model.width=8", "epochs=1")
        typed(outputs / "ripe", *TABLE, "dataset.target=ripe")
        typed(outputs / "width", *TABLE, "dataset.target=width", "task=regression", "epochs=60", "optimizer.lr=0.01")
        typed(outputs / "texts", "dataset=text_folder", "dataset.path=texts", "dataset.valid=0.3", "model.width=8")
        typed(
            outputs / "pictures", "dataset=image_folder", "dataset.folder=pictures", "dataset.size=8",
            "dataset.valid=0.3", "dataset.workers=0", "model=linear",
        )  # fmt: skip
        typed(outputs / "ratings", "dataset=ratings", "epochs=1")
        typed(
            outputs / "language", "dataset=text", "dataset.path=rows.csv", "dataset.bptt=8", "model.width=8",
            "batch_size=4", "epochs=1",
        )  # fmt: skip
    return folder


@pytest.fixture(autouse=True)
def _there(place, monkeypatch):
    monkeypatch.chdir(place)


def rows(capsys, *words):
    assert predict.main([*words, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)["predictions"]


@pytest.mark.parametrize("run", ["digits", "rows", "texts", "pictures"])
@pytest.mark.parametrize("part", ["test", "valid"])
def test_parts_are_as_accurate_as_they_were_measured(run, part, capsys):
    assert eval.main([run, "--json", "--part", part]) == 0
    measured = json.loads(capsys.readouterr().out)["metrics"][f"{part}/accuracy"]
    found = rows(capsys, run, part)
    assert sum(row["target"] == row["prediction"] for row in found) / len(found) == pytest.approx(measured, abs=1e-6)
    assert [row["index"] for row in found] == list(range(len(found)))


@pytest.mark.parametrize(("run", "metric"), [("width", "rmse"), ("ratings", "rmse")])
def test_numbers_are_in_the_unit_of_the_targets(run, metric, capsys):
    assert eval.main([run, "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)["metrics"][f"test/{metric}"]
    errors = torch.tensor([row["prediction"] - row["target"] for row in rows(capsys, run, "test")])
    assert errors.square().mean().sqrt().item() == pytest.approx(measured, rel=1e-4)


@pytest.mark.parametrize("run", ["digits", "rows"])
def test_pictures_of_samples_are_predicted_as_the_samples_are(run, tmp_path, capsys):
    count = 300  # more than one batch
    for index, image in enumerate(digits().load().test.inputs[:count]):
        pixels = (image[0].double() * 255 / 16).round().numpy().astype(numpy.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{index:03}.png")
    found = rows(capsys, run, str(tmp_path), "--top", "2")
    expected = rows(capsys, run, "test", "--top", "2")[:count]
    assert [row["file"] for row in found] == [f"{tmp_path}/{index:03}.png" for index in range(count)]
    for name in ("prediction", "prediction_2"):
        assert [row[name] for row in found] == [row[name] for row in expected]
    assert [row["probability"] for row in found] == pytest.approx([row["probability"] for row in expected], abs=1e-6)


def test_several_weights_are_averaged(capsys):
    from runner.statefile import load

    assert predict.main(["digits", "test", "--json", "--weights", "best", "last"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["weights"] == ["best", "last"]
    scores = []
    for name in found["weights"]:
        weights = load(predict.Path("outputs/digits/checkpoints") / f"{name}.pt")["model"]
        hidden = (normalised() @ weights["layers.1.weight"].T + weights["layers.1.bias"]).relu()
        scores.append(hidden @ weights["layers.3.weight"].T + weights["layers.3.bias"])
    expected = torch.stack(scores).mean(0).softmax(1).amax(1)
    assert [row["probability"] for row in found["predictions"]] == pytest.approx(expected.tolist(), abs=1e-5)


def normalised():
    """The test digits as rows of pixels, as a model sees them."""
    splits = digits().load()
    return ((splits.test.inputs.float() - splits.mean) / splits.std).flatten(1)


def test_files_of_every_kind(tmp_path, capsys):
    found = rows(capsys, "texts", "texts/calm", "texts/hasty/0.txt")
    assert [row["file"] for row in found] == [*[f"texts/calm/{i}.txt" for i in range(6)], "texts/hasty/0.txt"]
    assert {row["prediction"] for row in found} <= {"calm", "hasty"}
    found = rows(capsys, "pictures", "pictures")
    assert len(found) == 8
    assert {row["prediction"] for row in found} <= {"cat", "dog"}
    found = rows(capsys, "ripe", "rows.csv", "--top", "5")
    assert [row["row"] for row in found] == list(range(1, 41))
    assert all(row["probability"] + row["probability_2"] == pytest.approx(1, abs=1e-5) for row in found)
    lines = (predict.Path("rows.csv").read_text()).splitlines()
    truth = torch.tensor([float(line.split(",")[0]) for line in lines[1:]])
    error = torch.tensor([row["prediction"] for row in rows(capsys, "width", "rows.csv")]) - truth
    assert error.abs().max() < truth.std() * 3
    (tmp_path / "pairs.csv").write_text("user,item\n3,4\n5,6\n")
    found = rows(capsys, "ratings", str(tmp_path / "pairs.csv"))
    assert [(row["user"], row["item"]) for row in found] == [("3", "4"), ("5", "6")]


def test_a_table_on_the_screen_and_files(tmp_path, capsys):
    assert predict.main(["texts", "texts/calm/0.txt"]) == 0
    head, line = capsys.readouterr().out.splitlines()
    assert head.split() == ["file", "prediction", "probability"]
    assert line.startswith("texts/calm/0.txt  ")
    expected = rows(capsys, "digits", "test")
    assert predict.main(["digits", "test", "--out", str(tmp_path / "a.csv")]) == 0
    assert capsys.readouterr().out == f"359 predictions in {tmp_path}/a.csv\n"
    with open(tmp_path / "a.csv", newline="") as file:
        assert list(csv.DictReader(file)) == [{name: str(cell) for name, cell in row.items()} for row in expected]
    assert predict.main(["digits", "test", "--out", str(tmp_path / "a.json"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["out"] == f"{tmp_path}/a.json"
    assert json.loads((tmp_path / "a.json").read_text()) == expected


def test_damaged_and_missing_files_are_all_named_and_nothing_is_written(tmp_path, capsys):
    for name in ("a.png", "c.png"):
        (tmp_path / name).write_bytes(b"nothing")
    shutil.copy("pictures/cat/0.png", tmp_path / "b.png")
    out = tmp_path / "out.csv"
    assert predict.main(["pictures", str(tmp_path), "--out", str(out)]) == 2
    assert capsys.readouterr().err == (
        f"error: cannot be read: {tmp_path}/a.png (no picture), {tmp_path}/c.png (no picture)\n"
    )
    assert predict.main(["pictures", "gone.png", "pictures/cat/0.png", "--out", str(out)]) == 2
    assert "gone.png (no such file)" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["nope", "test"], "no run 'nope'"),
        (["language", "test"], "is a language model, which goes on with a text: runner generate language"),
        (["digits", "test", "--top", "0"], "--top must be >= 1"),
        (["width", "test", "--top", "2"], "no second best"),
        (["digits", "test", "--out", "x.txt"], "the ending decides the format: .csv or .json"),
        (["digits", "test", "--out", "gone/x.csv"], "there is no folder gone"),
        (["digits", "test", "--weights", "other"], "there is no checkpoint"),
        (["ripe", "rows.csv", "rows.csv"], "one table at a time"),
    ],
)
def test_what_cannot_be_predicted(words, text, capsys):
    assert predict.main(words) == 2
    said = capsys.readouterr()
    assert text in said.err
    assert (said.err.count("\n"), said.out) == (1, "")


def changed(place, copy, old, new):
    shutil.copytree(place / "outputs" / "pictures", copy)
    text = (copy / "config.yaml").read_text()
    assert old in text
    (copy / "config.yaml").write_text(text.replace(old, new))


def test_data_that_have_changed(place, tmp_path, capsys):
    shutil.copytree("pictures", tmp_path / "pictures")
    changed(place, tmp_path / "copy", "folder: pictures", f"folder: {tmp_path}/pictures")
    shutil.copy("pictures/cat/0.png", tmp_path / "pictures" / "cat" / "new.png")
    assert predict.main([str(tmp_path / "copy"), "test"]) == 0
    assert "has changed since copy learned from it" in capsys.readouterr().err
    (tmp_path / "pictures" / "cat").rename(tmp_path / "pictures" / "wolf")
    assert predict.main([str(tmp_path / "copy"), "test"]) == 2
    assert "no longer has the classes that copy learned" in capsys.readouterr().err
    shutil.rmtree(tmp_path / "pictures")
    assert predict.main([str(tmp_path / "copy"), "test"]) == 2
    assert "copy can no longer be built: dataset=image_folder: " in capsys.readouterr().err


def test_a_class_is_predicted_by_the_threshold_of_the_task(place, tmp_path, capsys):
    shutil.copytree("outputs/ripe", tmp_path / "copy")
    text = (tmp_path / "copy" / "config.yaml").read_text()
    assert "threshold: 0.5" in text
    for threshold, name in ((0.0, "yes"), (1.0, "no")):
        (tmp_path / "copy" / "config.yaml").write_text(text.replace("threshold: 0.5", f"threshold: {threshold}"))
        assert {row["prediction"] for row in rows(capsys, str(tmp_path / "copy"), "rows.csv")} == {name}


@pytest.mark.parametrize("weights", [["best"], ["last"], ["best", "last"]])
def test_what_was_evaluated_is_predicted_whatever_the_callbacks_are_called(tmp_path, weights, capsys):
    own = ["callback={record:{_target_:runner.callback.record.Record},"
           "a:{_target_:runner.callback.ema.EMA,decay:0.9},b:{_target_:runner.callback.tta.TTA,shift:1},"
           "c:{_target_:runner.callback.checkpoint.Checkpoint}}"]  # fmt: skip
    typed(tmp_path / "run", "dataset=digits", "model=mlp", "model.widths=[16]", *own)
    words = [str(tmp_path / "run"), "--json", "--weights", *weights]
    assert eval.main(words) == 0
    measured = json.loads(capsys.readouterr().out)["metrics"]["test/accuracy"]
    found = rows(capsys, str(tmp_path / "run"), "test", "--weights", *weights)
    assert sum(row["target"] == row["prediction"] for row in found) / len(found) == pytest.approx(measured, abs=1e-6)
    if weights == ["last"]:
        lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
        final = next(row for row in map(json.loads, reversed(lines)) if "valid/accuracy" in row)
        assert eval.main([*words, "--part", "valid"]) == 0
        valid = json.loads(capsys.readouterr().out)["metrics"]["valid/accuracy"]
        assert valid == pytest.approx(final["valid/accuracy"])


def test_eval_says_in_a_line_what_is_wrong(place, tmp_path, capsys):
    changed(place, tmp_path / "copy", "size: 8", "size: 9")
    assert eval.main([str(tmp_path / "copy")]) == 2
    assert "error: the weights of copy do not fit its model any more: size mismatch" in capsys.readouterr().err
    (tmp_path / "copy" / "config.yaml").write_text("epochs: 1\n")
    assert eval.main([str(tmp_path / "copy")]) == 2
    assert capsys.readouterr().err.startswith("error: copy can no longer be built: ")


def test_weights_that_do_not_fit_any_more(place, tmp_path, capsys):
    changed(place, tmp_path / "copy", "size: 8", "size: 9")
    assert predict.main([str(tmp_path / "copy"), "test"]) == 2
    assert "the weights of copy do not fit its model any more: size mismatch" in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_here(place, tmp_path, capsys):
    changed(place, tmp_path / "copy", "device: cpu", "device: cuda")
    assert predict.main([str(tmp_path / "copy"), "test"]) == 0
    assert "the CPU is used instead" in capsys.readouterr().err
