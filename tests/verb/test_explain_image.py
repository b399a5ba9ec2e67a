"""``runner explain-image``: what a run says of an image, and where it looked."""

import json

import pytest
import torch
from PIL import Image

from runner.inference.saved import Saved
from runner.verb.explain_image import main
from tests.support import trained


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A working directory with two runs, and an image."""
    folder = tmp_path_factory.mktemp("place")
    overrides = ["~model.widths", "model=cnn", "+model.widths=[8]", "model.depth=1", "optimizer.lr=0.05"]
    trained(folder / "outputs" / "mlp")
    trained(folder / "outputs" / "cnn", *overrides)
    Image.new("RGB", (30, 20), (200, 90, 0)).save(folder / "some image.png")
    (folder / "no image.png").write_text("no")
    return folder


@pytest.fixture(autouse=True)
def _there(place, monkeypatch):
    monkeypatch.chdir(place)


def test_a_test_sample_is_explained_by_what_the_model_says_of_it(place, capsys):
    run = Saved(place / "outputs" / "cnn")
    model, data, task, splits = run.model(), run.data, run.task, run.splits
    inputs = (splits.test.inputs[3:4].float() - splits.mean) / splits.std
    expected = task.predict(model(inputs))[0]
    assert main(["cnn", "test:3", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert len(shown["answers"]) == 3
    for answer in shown["answers"]:
        assert answer["probability"] == pytest.approx(expected[data.classes.index(answer["class"])].item(), abs=1e-6)
    assert shown["about"] == shown["answers"][0]["class"] == data.classes[expected.argmax()]
    assert shown["layer"] == "layers.2 (ReLU, 8x8)"
    assert shown["picture"] == "outputs/show/cnn-test-3.png"
    assert (place / shown["picture"]).read_bytes().startswith(b"\x89PNG")


def test_a_file_another_class_and_another_layer(capsys, monkeypatch):
    images = []
    draw = "runner.figure.explain.draw_explanation"
    monkeypatch.setattr(draw, lambda path, image, heat, **words: images.append((image, heat, words)))
    words = ["cnn", "some image.png", "--target", "2", "--layer", "layers.3", "--weights", "last", "--out", "x.png"]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "explained: 2, by the feature maps of layers.3 (MaxPool2d, 4x4)" in text
    assert text.endswith("picture: x.png\n")
    ((image, heat, said),) = images
    assert torch.allclose(image, torch.tensor(113 / 255), atol=0.01), "the grey of the file, before normalisation"
    assert heat.shape == (8, 8)
    assert said["title"] == "some image.png"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["nope", "test:0"], "no run 'nope'"),
        (["mlp", "test:0"], "MLP has no convolution over images"),
        (["cnn", "test:99999"], "numbered from 0 to 23"),
        (["cnn", "test:x"], "no test sample 'x'"),
        (["cnn", "none.png"], "no image none.png; a sample of the test set is test:NUMBER"),
        (["cnn", "no image.png"], "not an image that can be read: no image.png (no picture)"),
        (["cnn", "test:0", "--target", "9"], "--target 9: no such class"),
        (["cnn", "test:0", "--layer", "layers.77"], "did you mean layers.2?"),
        (["cnn", "test:0", "--layer", "layers.6"], "gives no feature maps"),
        (["cnn", "test:0", "--weights", "snapshot-9"], "no checkpoint"),
    ],
)
def test_mistakes(words, text, capsys):
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: ")
    assert text in said.err
    assert said.out == ""


def test_from_the_command_line(cli):
    done = cli("explain-image", "nope", "test:0")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
