"""Faults of numbers: what is not finite is named, stops the run, is left out, or takes it back to a checkpoint."""

import json

import pytest
import torch

from runner.callback.base import Callback
from runner.hardware.guard import NonFinite
from runner.loop import fit
from runner.statefile import load
from tests.support import built, outcome, same, trained

SICK = ["model=linear", "~model.bias", "model._target_=tests.faults.parts.Sick", "dataset.samples=160"]
SICK += ["dataset.classes=4"]


@pytest.fixture(scope="module")
def above(tmp_path_factory):
    """A number that the pixels of exactly one training sample add up to more than: one batch of an epoch has it."""
    run = built(tmp_path_factory.mktemp("above"), *SICK)
    sums = torch.cat([inputs.flatten(1).sum(1) for inputs, _ in run.batches["train"]()]).sort().values
    return float(sums[-2:].mean())


def sick(above, *more):
    return [*SICK, f"++model.above={above}", *more]


def rows(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("where", ["forward", "backward"])
def test_stop_names_the_step_the_layer_the_way_out_and_the_last_good_checkpoint(tmp_path, above, where, capfd):
    folder = tmp_path / "run"
    healthy = [*SICK, "epochs=1"]
    trained(folder, *healthy)
    before = (folder / "checkpoints" / "last.pt").read_bytes()
    with pytest.raises(NonFinite, match=r"hardware\.nonfinite=skip or rewind may help"):
        trained(folder, *sick(above, f"++model.where={where}", "epochs=2"))
    told = capfd.readouterr().err
    log = (folder / "log.txt").read_text()
    for text in (told, log):
        assert "failed in epoch 2 after step" in text
        assert "the first layer with such outputs is middle (Middle)" in text or "the weights first.weight" in text
        assert "checkpoint is that of 1 epochs and 0 batches: runner resume run goes on from there" in text
    assert "Traceback" in log
    assert "Traceback" not in told
    assert (folder / "checkpoints" / "last.pt").read_bytes() == before
    assert trained(folder, *SICK, "epochs=2")["status"] == "finished"


@pytest.mark.parametrize("steps", [1, 6])
def test_a_bad_gradient_reaches_no_checkpoint_whatever_comes_next(tmp_path, above, steps):
    """The loss of that batch is finite; the next one that is looked at comes after the checkpoint."""
    words = ["++model.where=backward", "hardware.guard=50", f"callback.checkpoint.every_steps={steps}"]
    run = built(tmp_path / "run", *sick(above, *words))
    with pytest.raises(NonFinite, match=r"the weights first\.weight are not finite: the last update was too large"):
        fit(run)
    last = tmp_path / "run" / "checkpoints" / "last.pt"
    assert not last.exists() or all(value.isfinite().all() for value in load(last)["model"].values())
    assert not (tmp_path / "run" / "checkpoints" / "best.pt").exists()


@pytest.mark.parametrize("where", ["forward", "backward"])
def test_skip_leaves_the_batch_out_and_counts_it(tmp_path, above, where):
    folder = tmp_path / "run"
    words = sick(above, f"++model.where={where}", "hardware.nonfinite=skip", "callback.record.every_steps=1")
    summary = trained(folder, *words)
    assert summary["status"] == "finished"
    assert summary["faults"] == {"skipped_batches": 3}
    assert [row["train/skipped_batches"] for row in rows(folder) if "valid/loss" in row] == [1, 2, 3]
    assert all(row["train/loss"] == row["train/loss"] for row in rows(folder) if "train/loss" in row)
    state = load(folder / "checkpoints" / "last.pt")
    assert state["step"] == summary["steps"] == 3 * 6
    assert all(value.isfinite().all() for value in state["model"].values())


def test_a_skipped_batch_changes_weights_optimizer_and_statistics_by_no_bit(tmp_path, above):
    run = built(tmp_path / "run", *sick(above, "hardware.nonfinite=skip"))
    states = []
    inner = run.hardware.update

    def watched():
        before = [value.clone() for value in run.model.state_dict().values()]
        count = inner()
        if count == 0:
            states.append((before, [value.clone() for value in run.model.state_dict().values()]))
            assert all(parameter.grad is None for parameter in run.model.parameters())
        return count

    run.hardware.update = watched
    fit(run)
    assert len(states) == 3
    names = list(run.model.state_dict())
    for before, after in states:  # the forward pass had moved the statistics; they are put back
        assert same(after[: names.index("norm.running_mean")], before[: names.index("norm.running_mean")])
        assert all(value.isfinite().all() for value in after)
    moments = [value for kept in run.optimizer.state.values() for value in kept.values()]
    assert {int(kept["step"]) for kept in run.optimizer.state.values()} == {3 * 5}
    assert all(value.isfinite().all() for value in moments)


@pytest.mark.siege
def test_a_run_that_skips_is_resumed_to_the_same_bits(tmp_path, above):
    words = sick(above, "hardware.nonfinite=skip", "callback=[record,checkpoint,ema]", "schedule=constant")
    trained(tmp_path / "whole", *words)
    trained(tmp_path / "parts", *words, "epochs=1")
    trained(tmp_path / "parts", *words, "epochs=3")
    whole, parts = (outcome(tmp_path / name) for name in ("whole", "parts"))
    assert whole[0]["hardware"]["faults"]["skipped"] == 3
    assert same(whole[0]["model"], parts[0]["model"])
    assert same(whole[0]["callbacks"]["ema"], parts[0]["callbacks"]["ema"])
    assert same(whole[0]["hardware"], parts[0]["hardware"])


def test_too_many_in_a_row_end_the_run(tmp_path):
    with pytest.raises(NonFinite, match=r"4 batches in a row were left out \(hardware.nonfinite_limit=3\).*middle"):
        trained(tmp_path / "run", *sick(-1e9, "hardware.nonfinite=skip", "hardware.nonfinite_limit=3"))
    words = ["hardware.nonfinite=skip", "hardware.nonfinite_limit=3", "++model.where=backward"]
    with pytest.raises(NonFinite, match=r"4 batches in a row .*: the gradient of first\.bias"):
        trained(tmp_path / "other", *sick(-1e9, *words))


WILD = ["optimizer=sgd", "optimizer.lr=1e30", "hardware.nonfinite=rewind", "hardware.rewind_rate=1e-16"]
"""Leaves the numbers in a few steps, and comes back to them at its second attempt after that."""


def test_rewind_goes_back_with_a_lower_rate_and_tells(tmp_path, capfd):
    folder = tmp_path / "run"
    summary = trained(folder, *SICK, *WILD)
    assert summary["status"] == "finished"
    assert len(summary["faults"]["rewinds"]) == 2
    assert {tuple(found) for found in summary["faults"]["rewinds"]} == {("epoch", "step", "reason")}
    assert "back to the checkpoint at step 0, with 1e-16 times the learning rate" in capfd.readouterr().err
    assert [row["epoch"] for row in rows(folder)] == [1, 2, 3, 3]
    assert rows(folder)[0]["lr"] < 1
    assert all(value.isfinite().all() for value in load(folder / "checkpoints" / "last.pt")["model"].values())


def test_a_run_that_went_back_is_resumed_to_the_same_bits(tmp_path):
    trained(tmp_path / "whole", *SICK, *WILD)
    trained(tmp_path / "parts", *SICK, *WILD, "epochs=1", "schedule=constant")
    trained(tmp_path / "parts", *SICK, *WILD, "epochs=2", "schedule=constant")
    trained(tmp_path / "again", *SICK, *WILD, "epochs=2", "schedule=constant")
    whole, parts = (outcome(tmp_path / name)[0] for name in ("again", "parts"))
    assert len(whole["hardware"]["faults"]["rewinds"]) == 2
    assert whole["schedule"]["lowered"] == pytest.approx(1e-32)
    for key in ("model", "optimizer", "schedule", "hardware", "random"):
        assert same(whole[key], parts[key]), key


class Power(Callback):
    """Goes off after the run has gone back twice, before it has saved anything of that."""

    def step(self, run):
        if len(run.hardware.faults.rewinds) == 2 and run.step == 3:
            raise KeyboardInterrupt


def test_killed_after_it_went_back_it_goes_back_again_and_ends_with_the_same_bits(tmp_path):
    run = built(tmp_path / "killed", *SICK, *WILD)
    run.callbacks["power"] = Power()
    with pytest.raises(KeyboardInterrupt):
        fit(run)
    assert load(tmp_path / "killed" / "checkpoints" / "last.pt")["hardware"] == {}
    trained(tmp_path / "killed", *SICK, *WILD)
    trained(tmp_path / "whole", *SICK, *WILD)
    whole, killed = (outcome(tmp_path / name) for name in ("whole", "killed"))
    assert len(whole[0]["hardware"]["faults"]["rewinds"]) == 2
    assert same(whole, killed)


def test_it_goes_back_no_more_than_so_often(tmp_path):
    with pytest.raises(NonFinite, match=r"the run went back 3 times \(hardware.nonfinite_limit\)"):
        trained(tmp_path / "run", *sick(-1e9, "hardware.nonfinite=rewind", "hardware.nonfinite_limit=3"))
    assert load(tmp_path / "run" / "checkpoints" / "last.pt")["step"] == 0


@pytest.mark.siege  # fp16 on a CPU; in CI tests/hardware/test_scale.py
def test_a_dead_loss_scale_is_named(tmp_path):
    words = sick(-1e9, "++model.where=backward", "hardware.precision=fp16", "epochs=9")
    with pytest.raises(
        NonFinite, match=r"the loss scale is dead: it has fallen to 0\.000488, .*precision=bf16 or fp32"
    ):
        trained(tmp_path / "run", *words)


@pytest.mark.siege
def test_one_bad_batch_does_not_kill_a_loss_scale(tmp_path, above):
    words = sick(above, "++model.where=backward", "hardware.precision=fp16")
    assert trained(tmp_path / "run", *words)["status"] == "finished"


def test_going_back_needs_somebody_who_looks(tmp_path):
    with pytest.raises(ValueError, match=r"hardware.nonfinite=rewind does not go with hardware.guard=0"):
        built(tmp_path / "run", "hardware.nonfinite=rewind", "hardware.guard=0")
    run = built(tmp_path / "half", "hardware.nonfinite=skip", "hardware.precision=fp16")
    assert any("nonfinite=skip has no effect with fp16" in note for note in run.facts["notes"])
    run = built(tmp_path / "each", "hardware.nonfinite=skip", "hardware.guard=9")
    assert "hardware.guard=9 has no effect with nonfinite=skip: every batch is looked at" in run.facts["notes"]
