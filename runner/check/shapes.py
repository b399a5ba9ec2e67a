"""Whether the parts fit one another: built on the meta device, where tensors have shapes and no data.

Imports torch, so it runs after everything that needs no import is right. The batch of two goes through a small model
on the CPU, which takes milliseconds; through a large one on the meta device too, which takes no memory but first
imports torch's Python kernels for shapes: two seconds that a small model need not wait for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from omegaconf import DictConfig

from runner.check.live import inspected
from runner.check.measured import check_measured
from runner.check.module import Unknown
from runner.check.problem import Problem
from runner.check.reason import cause, key_in, reason_of
from runner.check.signature import read_signature, with_shared
from runner.check.trial import try_parts

SMALL = 10_000_000
"""Parameters up to which a forward pass on the CPU is cheaper than the meta device."""


def check_fit(cfg: DictConfig, tree: Mapping[str, Any], choices: Mapping[str, str]) -> list[Problem]:
    """Return what goes wrong when the parts are built and one batch goes through the model.

    Args:
        cfg: The composed configuration, without Hydra's node.
        tree: The same as plain values.
        choices: What was chosen for each group, for messages.
    """
    found = list(_imports(tree))
    return found or list(_builds(cfg, choices))


def _imports(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """Import the targets whose signatures could not be read from their source, and check those now."""
    from hydra.utils import get_object

    from runner.check.tree import check_keys

    for path, node in _targets(tree, ""):
        target = node["_target_"]
        try:
            if read_signature(target) is not None:
                continue
        except Unknown:
            continue
        try:
            signature = inspected(target, get_object(target))
        except Exception as error:  # an import runs the user's code: anything can come out of it
            yield Problem(f"{path}._target_={target}: {reason_of(error)}", key=f"{path}._target_")
            continue
        if signature is not None:
            yield from check_keys(node, path, with_shared(path, signature), [])


def _targets(node: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, Mapping):
        if isinstance(node.get("_target_"), str):
            yield path, node
        for key, value in node.items():
            yield from _targets(value, f"{path}.{key}" if path else str(key))


def _builds(cfg: DictConfig, choices: Mapping[str, str]) -> Iterator[Problem]:
    from runner.make import make

    parts: dict[str, Any] = {}
    for group in ("dataset", "hardware", "task"):
        try:
            parts[group] = make(cfg[group], **(_known_of(parts.get("dataset")) if group == "task" else {}))
        except Exception as error:
            message = _sentence(group, choices, error)
            yield Problem(message, key=key_in(message, group))
    if "dataset" in parts and "task" in parts:
        reason = _mismatch(cfg, parts["dataset"])
        if reason:
            yield Problem(f"{_pair(choices)}: {reason}", key="model")
        else:
            yield from _fits(cfg, parts, choices)


def _known_of(data: Any) -> dict[str, Any]:
    """Return what a task can be told of targets that are not loaded: how many classes there are."""
    import torch

    return (
        {"counts": torch.ones(len(data.classes))} if data is not None and data.classes and not data.next_token else {}
    )


def _pair(choices: Mapping[str, str]) -> str:
    return f"model={choices.get('model', '?')} does not fit dataset={choices.get('dataset', '?')}"


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


def _fits(cfg: DictConfig, parts: dict[str, Any], choices: Mapping[str, str]) -> Iterator[Problem]:
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
        if not _limit_of_meta(error):
            yield Problem(f"{_pair(choices)}: {reason_of(error)}", key="model")
        return
    if data.next_token and getattr(model, "stateful", False) and getattr(parts.get("hardware"), "accumulate", 1) > 1:
        reason = "a language model that carries its state sees whole batches: use 1, or model.stateful=false"
        message = f"hardware.accumulate does not fit model={choices.get('model', '?')}: {reason}"
        yield Problem(message, key="hardware.accumulate")
    processes = getattr(parts.get("hardware"), "processes", 1)
    if isinstance(cfg.batch_size, int) and cfg.batch_size < processes:
        message = f"batch_size={cfg.batch_size} leaves some of hardware.processes={processes} without samples"
        yield Problem(message, key="hardware.processes")
    if data.sampling and cfg.task.get("class_weight") == "balanced":
        reason = f"dataset.sampling={data.sampling} has made the classes equal already: choose one of the two"
        yield Problem(f"task.class_weight=balanced: {reason}", key="task.class_weight")
    yield from _loss(parts, outputs, targets, choices)
    if small:
        yield from _one_sample(cfg, model, inputs)
        yield from check_measured(cfg, task, outputs, targets)
        yield from try_parts(cfg, data, task, model)


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


def _loss(parts: dict[str, Any], outputs: Any, targets: Any, choices: Mapping[str, str]) -> Iterator[Problem]:
    try:
        parts["task"].loss(outputs, targets)
    except Exception as error:
        if not _limit_of_meta(error):
            message = f"task={choices.get('task', '?')} does not fit dataset={choices.get('dataset', '?')}"
            yield Problem(f"{message}: {reason_of(error)}", key="task")


def _limit_of_meta(error: Exception) -> bool:
    """Tell what the meta device cannot do from what the user did wrong."""
    error = cause(error)
    return isinstance(error, NotImplementedError) or "meta" in str(error).lower()


def _sentence(group: str, choices: Mapping[str, str], error: Exception) -> str:
    return f"{group}={choices.get(group, '?')}: {reason_of(error)}"
