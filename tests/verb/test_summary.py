"""``runner summary``: a model layer by layer."""

import json

import pytest

from runner.inspect.flops import Layer
from runner.verb import summary
from tests.support import trained

WORDS = ["dataset=noise", "model=mlp", "model.widths=[8]"]


@pytest.fixture(autouse=True)
def _there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_of_overrides_on_the_command_line(cli):
    done = cli("summary", "model=cnn", "model.widths=[16]", "model.depth=1", "dataset=digits")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "CNN on digits, n x 1 x 8 x 8"
    conv = next(line.split() for line in lines if line.startswith("layers.0"))
    assert conv == ["layers.0", "Conv2d", "n", "x", "16", "x", "8", "x", "8", "144", "18.4", "k"]
    assert max(map(len, lines)) <= 80
    assert lines[-3:-1] == ["parameters  346", "size        1.38 kB"]


def test_json_has_exact_numbers_and_what_is_frozen(capsys):
    assert summary.main([*WORDS, "optimizer.freeze=[layers.1.*]", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["input"] == [1, 8, 8]
    assert found["total"] == {
        "parameters": 64 * 8 + 8 + 8 * 4 + 4, "trainable": 8 * 4 + 4, "frozen": 64 * 8 + 8,
        "size": 4 * (64 * 8 + 8 + 8 * 4 + 4), "flops": 2 * (64 * 8 + 8 * 4),
    }  # fmt: skip
    assert [layer["kind"] for layer in found["layers"]] == ["Flatten", "Linear", "ReLU", "Linear"]


def test_of_a_run_and_of_a_recipe(tmp_path, capsys):
    trained(tmp_path / "outputs" / "one", "epochs=1")
    (tmp_path / "mine.yaml").write_text(
        "defaults:\n  - config\n  - override dataset: noise\n  - override model: linear\n  - _self_\n"
    )
    counts = []
    for words in (["latest"], ["outputs/one"], ["mine.yaml"]):
        assert summary.main([*words, "--json"]) == 0
        counts.append(json.loads(capsys.readouterr().out)["total"]["parameters"])
    assert counts == [556, 556, 64 * 4 + 4]


def test_of_text_a_sample_is_full_of_tokens(tmp_path, capsys):
    for name in ("yes", "no"):
        (tmp_path / "texts" / name).mkdir(parents=True)
        for index in range(4):
            (tmp_path / "texts" / name / f"{index}.txt").write_text(name)
    words = ["dataset=text_folder", "dataset.path=texts", "dataset.length=10", "model=gru", "model.width=8"]
    assert summary.main([*words, "model.layers=1", "--json"]) == 0
    found = {layer["kind"]: layer for layer in json.loads(capsys.readouterr().out)["layers"]}
    assert found["GRU"]["flops"] == 10 * 2 * 3 * 8 * (8 + 8)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["modle=cnn"], "did you mean model?"),
        (["nope"], "no run 'nope'"),
        (["latest", "model=cnn"], "latest is a run, with a configuration of its own"),
        (["-m", "model=cnn,mlp"], "-m is for trainings: this looks at one"),
        (["model=cnn", "dataset=wine"], "needs images"),
    ],
)
def test_what_has_no_model(words, text, capsys):
    assert summary.main(words) == 2
    said = capsys.readouterr()
    assert text in said.err
    assert said.out == ""


def test_a_gpu_that_is_not_here_does_not_matter(capsys):
    assert summary.main([*WORDS, "hardware=gpu"]) == 0


def test_long_names_are_not_cut_off():
    name = "encoder.blocks.11.attention.projection_of_the_values.layer"
    found = [Layer(name, "Linear", ("n", 256, 1024), 1_049_600, 0, 4_198_400, 5.4e8)]
    lines = summary.table(found)
    assert lines[1] == name
    assert lines[2].split() == ["Linear", "n", "x", "256", "x", "1024", "1,049,600", "540", "M"]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (1000, "1.00 k"), (12_345, "12.3 k"), (999_960, "1,000 k"), (4.1e9, "4.10 G")],
)
def test_numbers_in_few_characters(number, text):
    assert summary.short(number) == text
