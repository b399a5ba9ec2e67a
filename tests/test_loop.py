import logging
import os
import signal

import pytest
import torch

from runner.callback.base import Callback
from runner.interrupt import Interrupted
from runner.loop import Best, evaluate, fit, train_epoch
from tests.support import built


class Watch(Callback):
    """Writes down its moments, and does in one of them what it is told."""

    def __init__(self, moment="", action=lambda run: None):
        self.moment, self.action, self.seen = moment, action, []

    def note(self, name, run):
        self.seen.append((name, run.epoch, run.step))
        return self.action(run) if name == self.moment else None

    def start(self, run):
        self.note("start", run)

    def step(self, run):
        self.note("step", run)

    def epoch(self, run):
        return self.note("epoch", run)

    def close(self, run):
        self.seen.append((f"close {run.status}", run.epoch, run.step))


def run_with(tmp_path, watch, *overrides):
    run = built(tmp_path / "run", "epochs=2", *overrides)
    run.callbacks = {"watch": watch}
    return run


def test_the_four_moments_in_their_order(tmp_path):
    watch = Watch()
    fit(run_with(tmp_path, watch))
    steps = [("step", 0, n) for n in (1, 2, 3, 4)], [("step", 1, n) for n in (5, 6, 7, 8)]
    assert watch.seen == [
        ("start", 0, 0), *steps[0], ("epoch", 1, 4), *steps[1], ("epoch", 2, 8), ("close finished", 2, 8),
    ]  # fmt: skip


def test_a_reason_stops_after_the_epoch_and_the_test_set_is_still_measured(tmp_path):
    run = run_with(tmp_path, Watch("epoch", lambda run: "enough"))
    fit(run)
    assert (run.epoch, run.status, run.reasons) == (1, "stopped", ["enough"])
    assert "test/accuracy" in run.metrics


def test_a_run_that_a_search_gives_up_is_pruned_and_the_test_set_is_not_looked_at(tmp_path):
    run = run_with(tmp_path, Watch("epoch", lambda run: "pruned: by asha"))
    run.load_best = lambda: pytest.fail("nobody wants to know")
    fit(run)
    assert (run.epoch, run.status, run.reasons) == (1, "pruned", ["pruned: by asha"])
    assert "test/accuracy" not in run.metrics
    assert run.callbacks["watch"].seen[-1] == ("close pruned", 1, 4)


def test_an_error_closes_all_and_says_where(tmp_path, caplog):
    def fail(run):
        raise ZeroDivisionError("boom")

    watch = Watch("step", fail)
    logging.getLogger("runner").propagate = True
    with caplog.at_level(logging.ERROR), pytest.raises(ZeroDivisionError):
        fit(run_with(tmp_path, watch))
    assert watch.seen[-1] == ("close failed", 0, 1)
    assert "failed in epoch 1 after step 1" in caplog.text


def test_a_signal_stops_between_two_steps(tmp_path):
    watch = Watch("step", lambda run: os.kill(os.getpid(), signal.SIGTERM) if run.step == 3 else None)
    run = run_with(tmp_path, watch)
    with run.interrupt, pytest.raises(Interrupted):
        fit(run)
    assert watch.seen[-1] == ("close interrupted", 0, 3)
    assert run.batch == 3


def test_train_loss_is_the_mean_over_samples(tmp_path):
    run = built(tmp_path / "run", "optimizer.lr=1e-30", "dataset.augment=null")
    train_epoch(run)
    with torch.no_grad():
        batches = list(run.batches["train"](0))
        losses = [run.task.loss(run.model(x), y).item() * len(y) for x, y in batches]
    assert (run.total / run.seen).item() == pytest.approx(sum(losses) / run.seen, rel=1e-5)
    assert run.seen == run.batches["train"].samples


def test_evaluation_counts_each_sample_once_and_keeps_no_gradient(tmp_path):
    run = built(tmp_path / "run", "batch_size=7")
    metrics = evaluate(run, "valid")
    with torch.no_grad():
        run.model.eval()
        hits = sum((run.model(x).argmax(1) == y).sum().item() for x, y in run.batches["valid"]())
    assert metrics["valid/accuracy"] == pytest.approx(hits / run.batches["valid"].samples)
    assert all(parameter.grad is None for parameter in run.model.parameters())


def test_the_best_epoch_by_direction_and_nan_never(tmp_path):
    run = built(tmp_path / "run")
    for direction, values, best in (("max", [0.1, float("nan"), 0.3, 0.3], 3), ("min", [0.5, 0.4, float("nan")], 2)):
        run.direction, run.best = direction, None
        improved = []
        for epoch, value in enumerate(values, start=1):
            run.epoch, run.metrics = epoch, {run.objective: value}
            run.rank()
            improved.append(run.improved())
        assert run.best == Best(values[best - 1], best, {run.objective: values[best - 1]})
        assert improved.count(True) == 2


def test_nobody_watches_steps_so_none_is_called(tmp_path):
    assert not Callback().watches_steps()
    assert Watch().watches_steps()


def test_the_loop_reads_as_one_page():
    import inspect

    import runner.loop

    lines = [line for line in inspect.getsource(runner.loop).splitlines() if line.strip()]
    assert len(lines) <= 150
    assert len(inspect.getsource(fit).splitlines()) <= 40
    assert len(inspect.getsource(train_epoch).splitlines()) <= 32


def test_an_objective_that_never_is_a_number_fails_by_name(tmp_path):
    run = built(tmp_path / "run", "epochs=2")
    run.task.summarise = lambda sums: {"accuracy": float("nan"), "loss": 1.0}
    with pytest.raises(ArithmeticError, match="valid/accuracy was not a number in any epoch"):
        fit(run)
    assert run.status == "failed"


def test_only_a_method_called_forget_is_asked_to(tmp_path):
    from runner.loop import forget

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.forget_gate = self.reset = torch.nn.Linear(1, 1)
            self.forgot = 0

        def forget(self):
            self.forgot += 1

    net = torch.nn.Sequential(Net(), torch.nn.Linear(1, 1))
    forget(net)
    assert net[0].forgot == 1
