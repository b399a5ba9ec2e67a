"""``python ray_peer.py TRIALS JOBS``: Ray Tune on the same trials; runs in the peers' own environment."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import ray
from ray import tune
from trial import done  # type: ignore[import-not-found]


def main(trials: int, jobs: int) -> None:
    """Search at random, one processor for each trial."""
    here, numbers = str(Path(__file__).parent), itertools.count()
    ray.init(
        num_cpus=jobs, include_dashboard=False, log_to_driver=False, runtime_env={"env_vars": {"PYTHONPATH": here}}
    )

    def trial(config: dict[str, Any]) -> None:
        tune.report({"value": done(config["number"], config["lr"], config["decay"])})

    space = {
        "lr": tune.uniform(0.01, 1.0),
        "decay": tune.uniform(0.0, 1.0),
        "number": tune.sample_from(lambda _: next(numbers)),
    }
    wanted = tune.TuneConfig(num_samples=trials, max_concurrent_trials=jobs, metric="value", mode="max")
    tune.Tuner(tune.with_resources(trial, {"cpu": 1}), param_space=space, tune_config=wanted).fit()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
