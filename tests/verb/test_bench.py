"""``runner bench``: numbers of this machine, kept where one asks for them."""

import json

import pytest

from runner.verb.bench import main

TINY = ["dataset=noise", "model=mlp", "model.widths=[8]", "optimizer=sgd", "batch_size=16", "hardware=cpu"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.siege
def test_one_object_with_everything_and_the_same_in_a_file(cli, here):
    done = cli("bench", *TINY, "--seconds", "0.1", "--json", "--out", "bench.json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert json.loads((here / "bench.json").read_text()) == found
    assert [path.name for path in here.iterdir()] == ["bench.json"], "the training has left nothing"
    assert list(found) == [
        "time", "machine", "matmul", "memory", "host_to_device", "all_reduce", "model", "seconds",
    ]  # fmt: skip
    assert found["machine"]["device"] == "cpu"
    assert found["machine"]["threads"] == 1
    assert found["all_reduce"]["gloo"]["large"]["tensor_bytes"] == 2**24
    model = found["model"]
    assert (model["dataset"], model["model"], model["batch_size"], model["precision"]) == ("noise", "MLP", 16, "fp32")
    assert model["parameters"] == 64 * 8 + 8 + 8 * 4 + 4
    assert model["flops_per_sample"] == 2 * (64 * 8 + 8 * 4) * 2 + 2 * 8 * 4
    assert model["samples_per_second"] == pytest.approx(16 / model["seconds_per_step"])
    assert model["flops_per_second"] == pytest.approx(model["flops_per_sample"] * model["samples_per_second"])
    assert model["peak_flops_per_second"] == found["matmul"]["fp32"]["flops_per_second"]
    assert model["mfu"] == pytest.approx(model["flops_per_second"] / model["peak_flops_per_second"])
    assert 0 < model["mfu"] < 1
    assert model["peak_memory_bytes"] > 4 * model["parameters"]


def test_a_table_of_80_columns(monkeypatch, capsys):
    monkeypatch.setattr("runner.machine.bench.all_reduce", lambda _: {})
    assert main([*TINY, "dataset.shape=[3,8,8]", "--seconds", "0.05"]) == 0
    text = capsys.readouterr().out.splitlines()
    assert max(map(len, text)) <= 80
    assert "MLP on noise, batches of 16, fp32, one process" in text
    (speed,) = [line.split() for line in text if line.startswith("  speed")]
    assert speed[2] == "samples/s"
    assert int(speed[1].replace(",", "")) > 0


def test_tokens_and_a_precision(monkeypatch, capsys):
    monkeypatch.setattr("runner.machine.bench.all_reduce", lambda _: {})
    words = ["dataset=text", "model=lstm", "model.width=8", "batch_size=4", "hardware=cpu", "hardware.precision=bf16"]
    assert main([*words, "--seconds", "0.05", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    model = found["model"]
    assert (model["unit"], model["precision"]) == ("tokens", "bf16")
    assert model["samples_per_second"] == pytest.approx(4 * 64 / model["seconds_per_step"])
    assert model["flops_per_sample"] > 0, "those of an LSTM too"
    assert model["peak_flops_per_second"] == found["matmul"]["bf16"]["flops_per_second"]


def test_a_loss_that_is_no_number_leaves_the_machine_measured(monkeypatch, capsys):
    monkeypatch.setattr("runner.machine.bench.all_reduce", lambda _: {})
    words = ["dataset=diabetes", "model.widths=[8]", "optimizer=sgd", "optimizer.lr=1e30", "hardware=cpu"]
    assert main([*words, "--seconds", "0.05", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "the loss is" in found["model"]["skipped"]
    assert found["matmul"]["fp32"]["flops_per_second"] > 0


@pytest.mark.slow
def test_tracked_beside_the_runs_or_where_the_words_say(here, monkeypatch, capsys):
    monkeypatch.setattr("runner.machine.bench.all_reduce", lambda _: {})
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert main([*TINY, "--seconds", "0.05", "--track"]) == 0
    assert "in experiment runner-bench of sqlite:///" in capsys.readouterr().err
    assert (here / "outputs" / "mlflow.db").is_file()
    words = [*TINY, "callback.mlflow.uri=http://me:secret@127.0.0.1:9", "--seconds", "0.05", "--track"]
    assert main(words) == 1
    said = capsys.readouterr()
    assert said.err.startswith("error: measured, but not tracked: http://me:***@127.0.0.1:9")
    assert "matrix products" in said.out, "what was measured is shown all the same"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["optimizer.lrr=1"], "did you mean optimizer.lr?"),
        (["--seconds", "0"], "--seconds must be > 0, got 0"),
        (["--seconds", "nan"], "--seconds must be > 0, got nan"),
        (["--out", "none/x.json"], "no folder none"),
        (["-m", "seed=1,2"], "looks at one"),
        (["--secondz", "3"], "--secondz"),
    ],
)
def test_mistakes(words, text, here, capsys):
    assert main([*TINY, *words]) == 2
    said = capsys.readouterr()
    assert text in said.err
    assert said.out == ""
    assert list(here.iterdir()) == []
