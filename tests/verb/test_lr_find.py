"""``runner lr-find``: a suggestion to paste, a picture, and nothing else."""

import json

import pytest

from runner.verb.lr_find import main

TINY = ["dataset=noise", "model=mlp", "model.widths=[8]", "optimizer=sgd", "batch_size=16", "hardware=cpu"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_says_what_to_paste_and_leaves_a_picture(cli, here):
    done = cli("lr-find", *TINY, "--from", "1e-4", "--steps", "60", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split() for line in done.stdout.splitlines()]
    (steepest,) = [line for line in lines if line[:1] == ["steepest"]]
    assert steepest[2] == f"optimizer.lr={steepest[1]}"
    assert 1e-3 < float(steepest[1]) < 1
    assert "@" in done.stdout, "a curve of plain characters where there are no others"
    assert [str(path.relative_to(here)) for path in here.rglob("*.*")] == ["outputs/show/lr-find-noise-mlp.png"]
    assert (here / "outputs/show/lr-find-noise-mlp.png").read_bytes().startswith(b"\x89PNG")


def test_no_more_updates_than_the_training_has_unless_told(capsys):
    assert main([*TINY, "epochs=1", "--to", "0.1", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert len(shown["rates"]) == len(shown["losses"]) == 20, "308 samples in batches of 16"
    assert shown["rates"][0] == pytest.approx(1e-6)
    assert shown["rates"][-1] == pytest.approx(0.1)
    assert main([*TINY, "epochs=1", "--to", "0.1", "--steps", "25", "--out", "a.png", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (len(shown["rates"]), shown["picture"]) == (25, "a.png")


def test_every_rate_of_the_optimizer_is_said(capsys):
    words = [word for word in TINY if not word.startswith("optimizer")]
    assert main([*words, "optimizer=muon", "optimizer.lr=0.02", "optimizer.adam_lr=0.002", "--from", "1e-4"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "steepest" in line]
    lr, adam_lr = (float(word.partition("=")[2]) for word in line.split()[2:])
    assert adam_lr == pytest.approx(lr / 10, rel=0.05)


def test_a_range_that_teaches_nothing_says_so(capsys):
    assert main([*TINY, "--from", "1e-9", "--to", "1e-8"]) == 0
    text = capsys.readouterr().out
    assert "did not clearly fall" in text
    assert "optimizer.lr=" not in text


@pytest.mark.siege
def test_a_batch_that_a_training_would_leave_out_ends_the_range(capsys):
    assert main([*TINY, "hardware.nonfinite=skip", "--from", "1e30", "--to", "1e38", "--steps", "4", "--json"]) == 0
    seen = json.loads(capsys.readouterr().out)
    assert "the loss is" in seen["reason"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["optimizer.lrr=1"], "did you mean optimizer.lr?"),
        (["--from", "1", "--to", "0.1"], "is no climb"),
        (["-m", "seed=1,2"], "looks at one"),
        (["--stepz", "3"], "--stepz"),
    ],
)
def test_mistakes(words, text, here, capsys):
    assert main([*TINY, *words]) == 2
    said = capsys.readouterr()
    assert text in said.err
    assert said.out == ""
    assert list(here.iterdir()) == []
