"""The same faults through the real command, in one process and in two: exit codes, what is said, and going on."""

import json
import os

import pytest
import torch

from tests.faults.test_numbers import SICK
from tests.support import built

pytestmark = pytest.mark.siege
QUIET = ["callback=[record,checkpoint]", "batch_size=16", "schedule=constant", "epochs=2"]
SICK_WORDS = ["dataset=noise", *(word for word in SICK if not word.startswith("~"))]
TWO = ["hardware=cpu", "hardware.processes=2"]


@pytest.fixture(scope="module")
def above(tmp_path_factory):
    """See tests/faults/test_numbers.py."""
    run = built(tmp_path_factory.mktemp("above"), *SICK)
    sums = torch.cat([inputs.flatten(1).sum(1) for inputs, _ in run.batches["train"]()]).sort().values
    return float(sums[-2:].mean())


def summary(place):
    return json.loads((place / "outputs" / "latest" / "summary.json").read_text())


def test_a_nan_ends_with_1_and_the_run_goes_on_by_leaving_the_batch_out(cli, tmp_path, above):
    words = [*SICK_WORDS, *QUIET, "callback.checkpoint.every_steps=1", "seed=1"]  # not in the first batch
    done = cli(*words, f"+model.above={above}")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    first, second, third = done.stderr.splitlines()
    assert first.startswith("error: failed in epoch 1 after step ")
    assert "the first layer with such outputs is middle (Middle); a lower optimizer.lr" in first
    assert second.startswith("warning: the last good checkpoint is that of 0 epochs and ")
    assert third == f"  --> {os.path.relpath((tmp_path / 'outputs' / 'latest').resolve() / 'log.txt', tmp_path)}"
    assert "Traceback" in (tmp_path / "outputs" / "latest" / "log.txt").read_text()
    assert summary(tmp_path)["status"] == "failed"
    done = cli("resume", "latest", "hardware.nonfinite=skip")
    assert done.returncode == 0, done.stderr
    assert summary(tmp_path)["faults"] == {"skipped_batches": 2}


def test_data_that_cannot_be_end_with_2_with_two_processes_too(cli, tmp_path):
    words = ["dataset=rows", "~dataset.images", "dataset._target_=tests.faults.data.wrong", "model=mlp", *QUIET]
    done = cli(*words, "+dataset.what=label", *TWO)
    assert done.returncode == 2, done.stderr
    assert "sample 7 has the target 2: 2 classes have the labels 0 to 1" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_processes_leave_out_the_same_batches(cli, tmp_path, above):
    done = cli(*SICK_WORDS, *QUIET, *TWO, f"+model.above={above}", "hardware.nonfinite=skip")
    assert done.returncode == 0, done.stderr
    assert summary(tmp_path)["faults"] == {"skipped_batches": 2}


def test_two_processes_go_back_together(cli, tmp_path):
    wild = ["optimizer=sgd", "optimizer.lr=1e30", "hardware.nonfinite=rewind", "hardware.rewind_rate=1e-16"]
    done = cli(*SICK_WORDS, *QUIET, *TWO, *wild)
    assert done.returncode == 0, done.stderr
    assert len(summary(tmp_path)["faults"]["rewinds"]) == 2
    assert done.stderr.count("back to the checkpoint at step 0") == 2


def test_a_worker_killed_in_a_real_run_ends_with_1_and_resumes(cli, tmp_path):
    words = ["dataset=rows", "~dataset.images", "dataset._target_=tests.faults.data.rows", "model=mlp", *QUIET]
    done = cli(*words, "+dataset.what=killed")
    assert done.returncode == 1
    assert "was killed (Killed), perhaps for lack of memory; dataset.workers=0" in done.stderr
    assert "Traceback" not in done.stderr
