"""From one node of the configuration to an object."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from runner.check.definition import real_name
from runner.check.facts import SHARED
from runner.check.imported import imported
from runner.trust.refused import identity, refusal
from runner.trust.tree import targets


def make(node: DictConfig, **facts: Any) -> Any:
    """Instantiate a node, with those facts that its target's signature names.

    Raises:
        ValueError: It names what makes code of data, in itself or anywhere below.
    """
    refuse(node)
    named = inspect.signature(imported(node._target_)).parameters
    known = {name: value for name, value in facts.items() if name in named}
    if node.get("_partial_"):
        return instantiate(node, _convert_="all", **known)
    return instantiate(node, _convert_="all", _partial_=True)(**known)  # facts may be what OmegaConf would take apart


def refuse(node: DictConfig) -> None:
    """Raise if a node names a target that nobody may name: by what it is called, and by what it turns out to be.

    Raises:
        ValueError: It does; the message has the reason.
    """
    for key, target in targets(OmegaConf.to_container(node, resolve=True)):
        known = [target, real_name(target)] if isinstance(target, str) else [identity(target)]
        if why := refusal(*known) or (isinstance(target, str) and refusal(_imported(target))):
            raise ValueError(f"{key}={target}: {why}")


def _imported(target: str) -> str:
    """Return where a target says that it is defined; nothing if it cannot be imported, which is told elsewhere."""
    try:
        return identity(imported(target))
    except Exception:  # an import runs the user's code: anything can come out of it
        return ""


def bare(function: Any) -> Any:
    """Return a partial without Hydra's wrapper, which looks its target up anew at every call: 500 calls a step."""
    if isinstance(function, partial):
        return partial(function.func, *function.args, **function.keywords)
    return function


def shared(cfg: DictConfig, group: str) -> dict[str, Any]:
    """Return the keys of a group that every target of it has, as plain values."""
    names = inspect.signature(imported(SHARED[group])).parameters
    return {str(key): plain(value) for key, value in cfg[group].items() if key in names}


def without_shared(cfg: DictConfig, group: str) -> DictConfig:
    """Return the node of a group without those keys."""
    return OmegaConf.masked_copy(cfg[group], [str(key) for key in cfg[group] if key not in shared(cfg, group)])


def plain(value: Any) -> Any:
    """Return a configuration's list or mapping as Python's own."""
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
