import json

import pytest
import torch

from runner.loop import fit
from runner.state import load
from tests.support import built, outcome, same, trained


class Strike(Exception):
    """Stands for a kill: nothing is saved on the way out."""


def struck_at(run, step):
    """Let the run die after a step, the way a kill does: callbacks do not get to close."""

    def check():
        if run.step == step:
            raise Strike

    run.interrupt.check = check


CASES = {
    "plain": [],
    "dropout and ema": ["model.dropout=0.3", "callback=[record,ema,checkpoint]"],
    "accumulation": ["hardware.accumulate=3", "hardware.clip_norm=1.0"],
    "half precision": ["hardware.precision=fp16"],
    "row by row": ["dataset.in_memory=false"],
    "augmented cnn": ["model=cnn", "model.widths=[4]", "schedule=cosine", "optimizer=sgd"],
    "plateau": ["schedule=plateau", "schedule.patience=0", "schedule.threshold=1.0", "optimizer=muon", "epochs=4"],
    "mixup, balanced draws, snapshots and views": [
        "++dataset.augment.mixup=0.4",
        "++dataset.augment.cutmix=1.0",
        "++dataset.augment.policy=rand",
        "++dataset.sampling=balanced",
        "schedule=restarts",
        "schedule.cycle_length=1",
        "callback=[record,tta,snapshot,checkpoint]",
    ],
    "stateful language model": [
        "dataset=text",
        "dataset.path=corpus.txt",
        "dataset.bptt=8",
        "dataset.jitter=2",
        "model=lstm",
        "model.width=8",
        "model.layers=2",
        "model.dropout=0.3",
        "task=language_modeling",
        "batch_size=4",
        "epochs=2",
        "callback=[record,ema,checkpoint]",
    ],
    "early stopping": [
        "callback=[record,early_stopping,checkpoint]",
        "callback.early_stopping.patience=1",
        "optimizer.lr=1e-9",
    ],
}


@pytest.mark.parametrize("case", CASES)
def test_killed_after_any_step_a_resumed_run_ends_with_the_same_bits(tmp_path, case, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpus.txt").write_text("the quick brown fox jumps over the lazy dog " * 8)
    overrides = [*CASES[case], "callback.checkpoint.every_steps=3", "callback.record.every_steps=2"]
    trained(tmp_path / "whole", *overrides)
    expected = outcome(tmp_path / "whole")
    for step in range(1, expected[0]["step"] + 1, 2):
        folder = tmp_path / f"struck-{step}"
        run = built(folder, *overrides)
        struck_at(run, step)
        with pytest.raises(Strike):
            fit(run)
        trained(folder, *overrides)
        assert same(expected, outcome(folder)), f"{case}: other bits after a kill at step {step}"


def test_leaving_out_any_part_of_the_state_is_noticed(tmp_path, monkeypatch):
    """The comparison above can fail: a state without its generators or its optimizer gives other bits."""
    from runner import state

    overrides = ["model.dropout=0.3", "callback.checkpoint.every_steps=3"]
    trained(tmp_path / "whole", *overrides)
    expected = outcome(tmp_path / "whole")
    whole = state.restore
    for part in ("random", "optimizer"):
        fresh = built(tmp_path / f"fresh-{part}", *overrides)
        kept = {"random": state.random_state(), "optimizer": fresh.optimizer.state_dict()}[part]
        folder = tmp_path / part
        run = built(folder, *overrides)
        struck_at(run, 5)
        with pytest.raises(Strike):
            fit(run)
        monkeypatch.setattr(
            "runner.callback.checkpoint.restore",
            lambda run, found, kept=kept, part=part: whole(run, {**found, part: kept}),
        )
        trained(folder, *overrides)
        monkeypatch.setattr("runner.callback.checkpoint.restore", whole)
        assert not same(expected, outcome(folder))


def test_best_is_the_best_epoch_and_it_is_what_is_tested(tmp_path):
    folder = tmp_path / "run"
    summary = trained(folder, "epochs=6")
    best = load(folder / "checkpoints" / "best.pt")
    assert best["epoch"] == summary["best_epoch"]
    assert best["metrics"]["valid/accuracy"] == summary["value"]


def test_keeps_the_k_best(tmp_path):
    folder = tmp_path / "run"
    trained(folder, "epochs=8", "callback.checkpoint.keep=3")
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    scores = {row["epoch"]: row["valid/accuracy"] for row in rows if "valid/accuracy" in row}
    expected = sorted(scores, key=lambda epoch: (-scores[epoch], epoch))[:3]
    assert sorted(p.name for p in (folder / "checkpoints").glob("epoch-*.pt")) == sorted(
        f"epoch-{epoch}.pt" for epoch in expected
    )


def test_the_last_epoch_is_always_saved(tmp_path):
    trained(tmp_path / "run", "callback.checkpoint.every_epochs=2")
    assert load(tmp_path / "run" / "checkpoints" / "last.pt")["epoch"] == 3


def test_another_model_is_refused_by_name(tmp_path):
    trained(tmp_path / "run")
    with pytest.raises(ValueError, match="another model or optimizer"):
        trained(tmp_path / "run", "model.widths=[9]", "epochs=4")


def test_another_format_is_refused(tmp_path, monkeypatch):
    trained(tmp_path / "run")
    monkeypatch.setattr("runner.state.FORMAT", 2)
    with pytest.raises(ValueError, match="format 1, this version reads 2"):
        trained(tmp_path / "run")


def test_another_number_of_threads_is_announced(tmp_path, capsys):
    trained(tmp_path / "run")
    before = torch.get_num_threads()
    try:
        trained(tmp_path / "run", "epochs=4", f"hardware.threads={before + 1}")
    finally:
        torch.set_num_threads(before)
    assert f"with {before} CPU threads, now there are {before + 1}" in capsys.readouterr().err


def test_training_longer_goes_on_from_the_end(tmp_path):
    trained(tmp_path / "run")
    summary = trained(tmp_path / "run", "epochs=5")
    assert (summary["epochs"], summary["steps"]) == (5, 20)


def test_a_run_that_stopped_early_trains_on_when_asked_for_more_epochs(tmp_path):
    overrides = [
        "callback=[record,early_stopping,checkpoint]",
        "callback.early_stopping.patience=1",
        "optimizer.lr=1e-9",
    ]
    first = trained(tmp_path / "run", *overrides, "epochs=5")
    assert first["status"] == "stopped"
    assert trained(tmp_path / "run", *overrides, "epochs=5")["epochs"] == first["epochs"]
    assert trained(tmp_path / "run", *overrides, "epochs=6")["epochs"] == first["epochs"] + 1
