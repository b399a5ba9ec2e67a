"""A measurement in the tracking store."""

import json
import sqlite3

import pytest

from runner.machine.track import track
from runner.tracking.store import Unreachable

FOUND = {
    "time": "2026-01-01T00:00:00Z",
    "machine": {"cpu": "A CPU", "processors": 2, "devices": []},
    "matmul": {"fp32": {"flops_per_second": 1e11, "n": 512, "spread": 0.5}, "tf32": {"skipped": "none"}},
    "model": {"batch_size": 64, "samples_per_second": 5.0, "mfu": None, "peak_memory_bytes": 12},
}


@pytest.mark.slow
def test_numbers_are_metrics_and_what_they_depend_on_are_parameters(tmp_path):
    run_id = track(FOUND, f"sqlite:///{tmp_path / 'mlflow.db'}")
    with sqlite3.connect(tmp_path / "mlflow.db") as store:
        metrics = dict(store.execute("SELECT key, value FROM metrics").fetchall())
        params = dict(store.execute("SELECT key, value FROM params").fetchall())
        ((found, status, experiment, place),) = store.execute(
            "SELECT r.run_uuid, r.status, e.name, r.artifact_uri FROM runs r JOIN experiments e USING (experiment_id)"
        ).fetchall()
    assert (found, status, experiment) == (run_id, "FINISHED", "runner-bench")
    assert metrics == {
        "matmul/fp32/flops_per_second": 1e11, "matmul/fp32/spread": 0.5, "model/samples_per_second": 5.0,
        "model/peak_memory_bytes": 12.0,
    }  # fmt: skip
    assert params["machine/cpu"] == "A CPU"
    assert params["matmul/tf32/skipped"] == "none"
    assert params["model/batch_size"] == "64"
    (path,) = tmp_path.rglob("bench.json")
    assert place.endswith(str(path.parent))
    assert json.loads(path.read_text()) == FOUND


@pytest.mark.slow
def test_a_store_that_is_away_is_one_line(tmp_path):
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"):
        track(FOUND, "http://127.0.0.1:9")
