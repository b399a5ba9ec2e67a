"""What was measured, kept in the tracking store, so that machines and days can be compared there."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from runner.recorded import flat
from runner.tracking import store

EXPERIMENT = "runner-bench"
FILE = "bench.json"
"""Name of the artifact that holds everything."""
LIMIT = 500
"""Characters of a parameter."""


def track(found: Mapping[str, Any], uri: str) -> str:
    """Make an MLflow run of a measurement and return its id.

    Its metrics are the numbers that were measured, under their path, as ``matmul/fp32/flops_per_second``; its
    parameters are what they depend on, the machine first; its artifact is the whole.

    Args:
        found: What ``runner bench --json`` prints.
        uri: The store.

    Raises:
        runner.tracking.store.Unreachable: The store did not take it.
    """
    store.prepare()
    with store.reaching(uri):
        from mlflow.entities import Metric, Param

        client, experiment = store.connect(uri, EXPERIMENT)
        now = int(time.time() * 1000)
        values = {name.replace(".", "/"): value for name, value in flat(dict(found)).items()}
        numbers = {name: value for name, value in values.items() if measured(name, value)}
        params = [Param(name, text(value)) for name, value in values.items() if name not in numbers]
        tags = {"mlflow.source.name": "runner bench", "mlflow.source.type": "LOCAL"}
        run_id = str(client.create_run(experiment, now, tags).info.run_id)
        client.log_batch(run_id, [Metric(name, float(value), now, 0) for name, value in numbers.items()], params[:100])
        client.log_dict(run_id, dict(found), FILE)
        client.set_terminated(run_id)
        return run_id


def measured(name: str, value: Any) -> bool:
    """Tell what was measured from what was given: the machine's facts, and what a model was run with."""
    return isinstance(value, float) or (name.startswith("model/peak_") and isinstance(value, int))


def text(value: Any) -> str:
    """Return a value as a parameter."""
    return (value if isinstance(value, str) else json.dumps(value))[:LIMIT]
