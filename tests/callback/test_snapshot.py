from types import SimpleNamespace

import pytest
import torch

from runner.callback.snapshot import ends_cycle
from runner.statefile import load
from tests.support import trained

CYCLES = ["schedule=restarts", "schedule.cycle_length=1", "schedule.cycle_mult=2", "epochs=7"]


def saved(folder):
    return sorted(path.stem for path in (folder / "checkpoints").glob("snapshot-*.pt"))


def test_one_for_each_cycle_and_a_resumed_run_writes_the_same(tmp_path):
    overrides = [*CYCLES, "callback=[record,snapshot,checkpoint]"]
    trained(tmp_path / "run", *overrides)
    assert saved(tmp_path / "run") == ["snapshot-1", "snapshot-2", "snapshot-3"]
    epochs = [load(tmp_path / "run" / "checkpoints" / f"snapshot-{n}.pt")["step"] for n in (1, 2, 3)]
    assert epochs == [4, 12, 28]  # cycles of 1, 2 and 4 epochs of 4 updates


def test_a_schedule_that_only_falls_has_one_at_its_end(tmp_path):
    trained(tmp_path / "run", "schedule=cosine", "callback=[record,snapshot,checkpoint]")
    assert saved(tmp_path / "run") == ["snapshot-1"]


def curve(rates):
    return SimpleNamespace(schedule=SimpleNamespace(total=len(rates), rate=lambda step: rates[step]))


def test_a_warmup_is_no_cycle():
    run = curve([1, 2, 3, 2, 1, 3, 2, 1])
    assert [step for step in range(1, 9) if ends_cycle(run, step)] == [5, 8]


def test_a_cycle_may_end_within_an_epoch(tmp_path):
    trained(tmp_path / "run", "schedule=restarts", "schedule.cycle_length=1", "schedule.cycle_mult=1.5", "epochs=4",
            "callback=[record,snapshot,checkpoint]")  # fmt: skip
    assert saved(tmp_path / "run") == ["snapshot-1", "snapshot-2", "snapshot-3"]


def test_several_snapshots_predict_as_one(tmp_path, cli):
    import json

    trained(tmp_path / "outputs" / "run", *CYCLES, "callback=[record,snapshot,checkpoint]")
    done = cli("eval", "outputs/run", "--weights", "snapshot-2", "snapshot-3", "--json")
    assert done.returncode == 0, done.stderr
    both = json.loads(done.stdout)["metrics"]
    from runner.inference.saved import Saved

    scores = []
    for name in ("snapshot-2", "snapshot-3"):
        run = Saved(tmp_path / "outputs" / "run")
        splits = run.splits
        inputs = (splits.test.inputs.float() - splits.mean) / splits.std
        with torch.no_grad():
            scores.append(run.model([name])(inputs))
    hits = (sum(scores).argmax(1) == splits.test.targets).float().mean().item()
    assert both["test/accuracy"] == pytest.approx(hits)
    assert cli("eval", "outputs/run", "--weights", "snapshot-9").returncode == 2
