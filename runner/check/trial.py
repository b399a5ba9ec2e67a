"""What only shows when a part is at work: augmentation, optimizer and schedule are tried once, on a batch of zeros.

The model is one that is thrown away; nothing is trained, nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from omegaconf import DictConfig

from runner.check.problem import Problem
from runner.check.reason import problem_of, reason_of


def try_parts(cfg: DictConfig, tree: Mapping[str, Any], data: Any, task: Any, model: Any) -> Iterator[Problem]:
    """Return what goes wrong when the parts of a run are used for the first time.

    Args:
        cfg: The composed configuration.
        tree: The same as plain values.
        data: The dataset, not loaded.
        task: What its targets mean.
        model: Of real tensors, small enough to be tried.
    """
    callbacks = [str(name) for name, node in (cfg.get("callback") or {}).items() if node is not None]
    made: list[Any] = []
    attempts: list[tuple[str, Mapping[str, Any], Callable[[], object]]] = [
        *((f"callback.{n}", tree["callback"][n], partial(_watches, cfg, data, n, made)) for n in callbacks),
        ("callback", {}, partial(_saves, cfg, callbacks, made)),
        ("dataset", tree["dataset"], partial(_augments, data, task, model)),
        ("optimizer", tree["optimizer"], partial(_optimizes, cfg, model)),
        ("schedule", tree["schedule"], partial(_schedules, cfg)),
    ]
    for key, node, attempt in attempts:
        try:
            attempt()
        except Exception as error:  # parts may be the user's own
            yield problem_of(error, key, node)


def _watches(cfg: DictConfig, data: Any, name: str, made: list[Any]) -> None:
    """Make a callback, and see whether it is one, and one for such data and such hardware."""
    from runner.callback.base import Callback
    from runner.make import make

    node = cfg.callback[name]
    callback = make(node)
    if not isinstance(callback, Callback):
        raise ValueError(f"callback.{name}: {node._target_} is none: let it inherit runner.callback.base.Callback")
    if callback.needs_images and len(data.shape) != 3:
        raise ValueError(f"callback.{name} looks at images from several sides, dataset {data.name} has none")
    if callback.needs_whole and cfg.hardware.get("shard"):
        raise ValueError(f"callback.{name} keeps a second model, which hardware.shard would have to cut up as well")
    callback.ready()
    made.append(callback)


def _saves(cfg: DictConfig, callbacks: Sequence[str], made: Sequence[Any]) -> None:
    """See whether there are checkpoints, where they are needed; not if a callback is wrong, which may be that one."""
    from runner.callback.checkpoint import Checkpoint

    saved = any(isinstance(callback, Checkpoint) for callback in made)
    if cfg.hardware.get("nonfinite") == "rewind" and not saved and len(made) == len(callbacks):
        raise ValueError("callback: hardware.nonfinite=rewind goes back to a checkpoint: leave callback.checkpoint in")


def _augments(data: Any, task: Any, model: Any) -> None:
    """Augment a batch as in every epoch, and let the model see each size of image that comes out."""
    import torch
    from torch.nn.functional import one_hot

    if data.augment is None or data.view is not None or len(data.shape) != 3:
        return  # what is stored is of another shape than what the model sees
    if data.augment.mixes and not data.classes:
        raise ValueError("dataset.augment: mixup and cutmix blend classes, the targets are numbers: leave them 0")
    seen = {tuple(data.shape)}
    for epoch in {0, *(epoch for epoch, _ in getattr(data.augment, "sizes", ()))}:
        inputs, targets = torch.zeros(2, *data.shape, dtype=torch.uint8), data.example(2)[1]
        if data.augment.mixes:
            targets = one_hot(targets, len(data.classes)).float()
        inputs, targets = data.augment(inputs, targets, torch.zeros(2, data.augment.draws), epoch)
        if tuple(inputs.shape[1:]) not in seen:
            seen.add(tuple(inputs.shape[1:]))
            size = "x".join(map(str, inputs.shape[2:]))
            try:
                task.loss(model(inputs.float()), targets)
            except Exception as error:
                raise ValueError(f"dataset.augment.sizes: no images of {size}: {reason_of(error)}") from None


def _optimizes(cfg: DictConfig, model: Any) -> None:
    """Group the parameters, and make the optimizer without the imports that come with compiling."""
    from runner.build import make_optimizer
    from runner.hardware.lean import leave_compiler_out

    if not cfg.hardware.get("compile"):
        leave_compiler_out()
        make_optimizer(cfg, model)


def _schedules(cfg: DictConfig) -> None:
    """Ask for the first and the last rate of a short run."""
    from runner.make import make

    curve = make(cfg.schedule, epochs=cfg.epochs)
    for step in (0, 10 * cfg.epochs - 1):
        float(curve(step, 10 * cfg.epochs))
