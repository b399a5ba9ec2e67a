"""Whether the parts fit one another: built on the meta device, where tensors have shapes and no data.

Imports torch, so it runs after everything that needs no import is right. The batch of two goes through a small model
on the CPU, which takes milliseconds; through a large one on the meta device too, which takes no memory but first
imports torch's Python kernels for shapes: two seconds that a small model need not wait for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from omegaconf import DictConfig

from runner.check.frame import own_frame
from runner.check.imported import imported
from runner.check.live import inspected
from runner.check.loss import check_loss, is_limit_of_meta
from runner.check.measured import check_measured
from runner.check.module import Unknown
from runner.check.problem import Problem
from runner.check.reason import problem_of, reason_of
from runner.check.signature import read_signature, with_shared
from runner.check.trial import try_parts
from runner.redact import redacted

SMALL = 10_000_000
"""Parameters up to which a forward pass on the CPU is cheaper than the meta device."""


def check_fit(cfg: DictConfig, tree: Mapping[str, Any], names: Mapping[str, str]) -> list[Problem]:
    """Return what goes wrong when the parts are built and one batch goes through the model.

    Args:
        cfg: The composed configuration, without Hydra's node.
        tree: The same as plain values.
        names: What to call the part of each group, in messages.
    """
    found = list(_imports(tree))
    return found or list(_builds(cfg, tree, names))


def _imports(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """Import targets that are not ours: for their signatures, if those could not be read, and to see that it works."""
    from runner.check.tree import check_keys

    for path, node in _targets(tree, ""):
        target = node["_target_"]
        try:
            known = read_signature(target)
        except Unknown:
            continue
        if known is not None and target.startswith("runner."):
            continue
        try:
            found = imported(target)
        except Exception as error:  # an import runs the user's code: anything can come out of it
            yield _unimportable(f"{path}._target_", target, error)
            continue
        signature = inspected(target, found) if known is None else None
        if signature is not None:
            yield from check_keys(node, path, with_shared(path, signature), [])


def _unimportable(key: str, target: str, error: Exception) -> Problem:
    """Return what is wrong with a module that cannot be imported: the line of the user's own that failed, if any."""
    place = own_frame(error)
    if isinstance(error, SyntaxError) and place:
        return Problem(f"{place} is not valid Python: {error.msg}", key=key)
    reason = redacted(str(error)) if isinstance(error, ImportError) else reason_of(error)
    return Problem(f"{place}: {reason}" if place else f"{key}={target}: {reason}", key=key)


def _targets(node: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, Mapping):
        if isinstance(node.get("_target_"), str):
            yield path, node
        for key, value in node.items():
            yield from _targets(value, f"{path}.{key}" if path else str(key))


def _builds(cfg: DictConfig, tree: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Problem]:
    from runner.make import make

    parts: dict[str, Any] = {}
    for group in ("dataset", "hardware", "task"):
        try:
            parts[group] = make(cfg[group], **(_known_of(parts.get("dataset")) if group == "task" else {}))
        except Exception as error:
            yield problem_of(error, group, tree[group], names[group])
    if "dataset" in parts and "task" in parts:
        reason = _mismatch(cfg, parts["dataset"])
        if reason:
            yield Problem(f"{_pair(names)}: {reason}", key="model")
        else:
            yield from _fits(cfg, tree, parts, names)


def _known_of(data: Any) -> dict[str, Any]:
    """Return what a task can be told of targets that are not loaded: how many classes there are."""
    import torch

    return (
        {"counts": torch.ones(len(data.classes))} if data is not None and data.classes and not data.next_token else {}
    )


def _pair(names: Mapping[str, str]) -> str:
    return f"{names['model']} does not fit {names['dataset']}"


def _mismatch(cfg: DictConfig, data: Any) -> str | None:
    """Return why a model cannot read what kind of inputs the dataset has, told from its signature."""
    signature = read_signature(str(cfg.model._target_))
    known = None if signature is None or signature.open else signature.parameters
    if known is None:
        return None
    if data.tokens and "vocabulary" not in known:
        return "it takes numbers, the dataset gives tokens: use model=gru, lstm, rnn or transformer"
    if data.sizes and "sizes" not in known:
        return "it takes numbers, the dataset gives indices of users and items: use model=embedding_dot_bias"
    if "sizes" in known and not data.sizes:
        return "it takes indices of users and items: use dataset=ratings"
    return None


def _fits(
    cfg: DictConfig, tree: Mapping[str, Any], parts: dict[str, Any], names: Mapping[str, str]
) -> Iterator[Problem]:
    import torch

    from runner.build import make_model

    data, task = parts["dataset"], parts["task"]
    try:
        with torch.device("meta"):
            model = make_model(cfg, data, task)
        small = sum(parameter.numel() for parameter in model.parameters()) <= SMALL
        with torch.device("cpu" if small else "meta"), torch.no_grad():
            model = make_model(cfg, data, task) if small else model
            inputs, targets = data.example(2)
            outputs = model.eval()(inputs)
    except Exception as error:  # a user's model may raise anything
        if not is_limit_of_meta(error):
            yield problem_of(error, "model", tree["model"], _pair(names))
        return
    if data.next_token and getattr(model, "stateful", False) and getattr(parts.get("hardware"), "accumulate", 1) > 1:
        reason = "a language model that carries its state sees whole batches: use 1, or model.stateful=false"
        message = f"hardware.accumulate does not fit {names['model']}: {reason}"
        yield Problem(message, key="hardware.accumulate")
    processes = getattr(parts.get("hardware"), "processes", 1)
    if isinstance(cfg.batch_size, int) and cfg.batch_size < processes:
        message = f"batch_size={cfg.batch_size} leaves some of hardware.processes={processes} without samples"
        yield Problem(message, key="hardware.processes")
    if data.sampling and cfg.task.get("class_weight") == "balanced":
        reason = f"dataset.sampling={data.sampling} has made the classes equal already: choose one of the two"
        yield Problem(f"task.class_weight=balanced: {reason}", key="task.class_weight")
    unfit = list(check_loss(tree, data, task, outputs, targets, names))
    yield from unfit
    if small and not unfit:
        yield from _one_sample(cfg, model, inputs)
        yield from check_measured(cfg, task, outputs, targets)
        yield from try_parts(cfg, tree, data, task, model)


def _one_sample(cfg: DictConfig, model: Any, inputs: Any) -> Iterator[Problem]:
    """Try a batch of one sample, if all are, as in training: batch normalisation has no variance over one value."""
    import torch

    if cfg.batch_size != 1:
        return
    try:
        with torch.no_grad():
            model.train()(inputs[:1])
    except Exception as error:  # a user's model may raise anything
        if "more than 1 value per channel" in str(error):
            message = "batch_size=1: batch normalisation has no variance over one sample: use 2 or more, or a model "
            yield Problem(f"{message}without it", key="batch_size")
    finally:
        model.eval()
