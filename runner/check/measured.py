"""What a task measures of a batch: what the configuration looks at has to be among it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig

from runner.check.metric import TRAIN_LOSS
from runner.check.problem import Problem


def check_measured(cfg: DictConfig, task: Any, outputs: Any, targets: Any) -> Iterator[Problem]:
    """Return which names of metrics come to nothing, although the task lists them: a user's own may do so.

    Args:
        cfg: The composed configuration.
        task: Measures.
        outputs, targets: Of a batch of two; a task that cannot measure those is left alone.
    """
    try:
        measured = [f"valid/{name}" for name in task.summarise(task.measure(outputs, targets))]
    except Exception:  # zeros may be no targets for it
        return
    callbacks = (cfg.get("callback") or {}).items()
    asked = {f"callback.{name}.monitor": node.get("monitor") for name, node in callbacks if node is not None}
    for key, metric in ({"objective": cfg.get("objective")} | asked).items():
        if isinstance(metric, str) and metric not in (*measured, TRAIN_LOSS):
            there = ", ".join([*measured, TRAIN_LOSS])
            yield Problem(f"{key}={metric} is not measured by this task, though it lists it: there is {there}", key=key)
