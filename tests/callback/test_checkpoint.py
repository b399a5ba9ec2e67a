import json

import pytest

from runner.loop import fit
from runner.statefile import load
from tests.support import built, outcome, same, trained


class Strike(Exception):
    """Stands for a kill: nothing is saved on the way out."""


def struck_at(run, step):
    """Let the run die after a step, the way a kill does: callbacks do not get to close."""

    def check():
        if run.step == step:
            raise Strike

    run.interrupt.check = check


def test_leaving_out_any_part_of_the_state_is_noticed(tmp_path, monkeypatch):
    """What ``tests/faults`` compare can differ: without its generators or its optimizer a run ends with other bits."""
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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["model.widths=[9]"], r"layers\.1\.weight has shape \[8, 64\] in it, and \[9, 64\] in the model"),
        (["model.widths=[8,8]"], r"layers\.3\.weight has shape \[4, 8\] in it, and \[8, 8\] in the model"),
        (["model=cnn"], r"layers\.0\.\S+ of the model is not in it"),
        (["optimizer=sgd"], "its optimizer is AdamW, this one is SGD"),
        (["+optimizer.freeze=[layers.1.*]"], "group 0 of its optimizer has 2 parameters, AdamW has 1"),
    ],
)
def test_another_model_or_optimizer_is_refused_by_its_first_difference(tmp_path, words, said):
    trained(tmp_path / "run")
    before = (tmp_path / "run" / "checkpoints" / "last.pt").read_bytes()
    with pytest.raises(ValueError, match=f"another model or optimizer: .*{said}") as error:
        trained(tmp_path / "run", *words, "epochs=4")
    assert "\n" not in str(error.value)
    assert (tmp_path / "run" / "checkpoints" / "last.pt").read_bytes() == before


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
