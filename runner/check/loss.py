"""Whether a task can work with what a model gives: tried with that, and with what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from runner.check.called import written
from runner.check.problem import Problem
from runner.check.reason import cause, problem_of


def check_loss(
    tree: Mapping[str, Any], data: Any, task: Any, outputs: Any, targets: Any, names: Mapping[str, str]
) -> Iterator[Problem]:
    """Return why there is no loss of a batch, or none of such outputs: it is the model's fault, or the task's.

    Args:
        tree: The configuration as plain values.
        data: The dataset, not loaded.
        task: What its targets mean; a user's own may not say what shape it needs.
        outputs: Of the model, for a batch of two.
        targets: Of that batch.
        names: What to call each part.
    """
    import torch

    error = failure(task.loss, outputs, targets)
    classes = getattr(task, "outputs", None) or data.facts()["classes"]
    needed = task.expects(targets, classes) if hasattr(task, "expects") else None
    is_tensor = isinstance(outputs, torch.Tensor)
    if needed and (tuple(outputs.shape) != tuple(needed) if is_tensor else error is not None):
        fitting = torch.zeros(needed, device=targets.device)
        if failure(task.loss, fitting, targets) is None:
            returned = str(list(outputs.shape)) if is_tensor else f"a {type(outputs).__name__}"
            kind = "tokens" if data.next_token else "classes"
            one_for_each = getattr(task, "outputs", None) is None
            why = f"whose {classes} {kind} need" if one_for_each else f"of which {names['task']} needs"
            message = f"{names['model']} returns {returned} for {data.name}, {why} {list(needed)}"
            target = str(tree["model"]["_target_"])
            yield Problem(message, key="model._target_", code=written(target))
            return
    if error is not None:
        yield problem_of(error, "task", tree["task"], f"{names['task']} does not fit {names['dataset']}")


def failure(loss: Callable[[Any, Any], Any], outputs: Any, targets: Any) -> Exception | None:
    """Return why there is no loss; None if there is one, or if the meta device cannot tell."""
    try:
        loss(outputs, targets)
    except Exception as error:  # a user's task may raise anything
        return None if is_limit_of_meta(error) else error
    return None


def is_limit_of_meta(error: Exception) -> bool:
    """Tell what the meta device cannot do from what the user did wrong."""
    error = cause(error)
    return isinstance(error, NotImplementedError) or "meta" in str(error).lower()
