"""From one node of the configuration to an object."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, OmegaConf

from runner.check.facts import SHARED


def make(node: DictConfig, **facts: Any) -> Any:
    """Instantiate a node, with those facts that its target's signature names."""
    named = inspect.signature(get_object(node._target_)).parameters
    known = {name: value for name, value in facts.items() if name in named}
    if node.get("_partial_"):
        return instantiate(node, _convert_="all", **known)
    return instantiate(node, _convert_="all", _partial_=True)(**known)  # facts may be what OmegaConf would take apart


def bare(function: Any) -> Any:
    """Return a partial without Hydra's wrapper, which looks its target up anew at every call: 500 calls a step."""
    if isinstance(function, partial):
        return partial(function.func, *function.args, **function.keywords)
    return function


def shared(cfg: DictConfig, group: str) -> dict[str, Any]:
    """Return the keys of a group that every target of it has, as plain values."""
    names = inspect.signature(get_object(SHARED[group])).parameters
    return {str(key): plain(value) for key, value in cfg[group].items() if key in names}


def without_shared(cfg: DictConfig, group: str) -> DictConfig:
    """Return the node of a group without those keys."""
    return OmegaConf.masked_copy(cfg[group], [str(key) for key in cfg[group] if key not in shared(cfg, group)])


def plain(value: Any) -> Any:
    """Return a configuration's list or mapping as Python's own."""
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
