import json

import pytest

from runner.inspect.proof import silence
from runner.verb import verify
from runner.verb._compare import compared, lines


@pytest.mark.slow
def test_two_processes_are_proven_to_train_like_one(cli):
    """With batch normalisation, dropout, and 359 and 216 samples to evaluate in batches of 49."""
    done = cli("verify", "ddp", "model=cnn", "batch_size=49", "--steps", "26", "--processes", "2", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["proven"]
    assert found["names"] == ["1 process", "2 processes"]
    assert found["evaluated"] == [{"valid": 216, "test": 359}] * 2
    assert found["largest_difference"] < 1e-4
    assert sum(row["what"].startswith("update") for row in found["rows"]) == 25  # 1,222 samples: the last batch has 46


@pytest.mark.siege
def test_a_killed_run_is_proven_to_resume_to_the_same_bits(cli):
    done = cli("verify", "resume", "model=cnn", "+callback=ema", "--steps", "5")
    assert done.returncode == 0, done.stderr
    assert "weights and optimizer: the same bits" in done.stdout
    assert done.stdout.rstrip().endswith("\nproven")


@pytest.mark.parametrize(
    "words", [["ddp", "--processes", "2", "3"], ["resume", "--processes", "0", "1"], ["ddp", "modle=cnn"]]
)
def test_what_cannot_be_proven_is_refused(words, capsys):
    assert verify.main(words) == 2
    assert "Nothing was started" in capsys.readouterr().err


def written(folder, losses, rows):
    folder.mkdir()
    text = [json.dumps({"epoch": 0, "step": n, "train/step_loss": loss}) for n, loss in enumerate(losses, 1)]
    (folder / "metrics.jsonl").write_text("\n".join(text) + "\n")
    (folder / "evaluated.json").write_text(json.dumps({"valid": rows}))
    return folder


def test_other_losses_other_counts_and_missing_updates_are_not_proven(tmp_path):
    one = written(tmp_path / "one", [2.0, 1.0], 10)
    near = written(tmp_path / "near", [2.0, 1.0001], 10)
    assert compared(["a", "b"], [one, near], 1e-3)["proven"]
    assert not compared(["a", "b"], [one, near], 1e-5)["proven"]
    assert not compared(["a", "b"], [one, written(tmp_path / "more", [2.0, 1.0], 11)], 1e-3)["proven"]
    short = compared(["a", "b"], [one, written(tmp_path / "short", [2.0], 10)], 1e-3)
    assert not short["proven"]
    assert "NOT proven" in lines(short)[-1]


def test_dropout_is_left_out_everywhere():
    from torch import nn

    model = nn.Sequential(nn.Dropout(0.5), nn.LSTM(2, 2, 2, dropout=0.3), nn.MultiheadAttention(2, 1, dropout=0.2))
    silence(model)
    assert (model[0].p, model[1].dropout, model[2].dropout) == (0.0, 0.0, 0.0)
