"""What makes a search the same one: what it looks for, where, and in which trainings. Only then is it continued."""

from __future__ import annotations

from typing import Any

from omegaconf import OmegaConf

from runner.recorded import flat
from runner.secret import masked
from runner.sweep.words import Search

FREE = ("expect", "hydra", "sweep")
"""Parts of a configuration that no training depends on."""
WATCHING = ("progress", "mlflow", "record", "checkpoint", "monitor", "profiler")
"""Callbacks that may come and go."""
COUNTING = ("clip_norm", "clip_value", "sync_batch_norm")
"""Keys of ``hardware`` that a result depends on; the others say where, how exactly and how fast it is computed."""


def identity(search: Search, objectives: list[str]) -> dict[str, Any]:
    """Return what may not change while a search lasts, as plain values."""
    cfg, settings = search.cfg, search.settings
    searched = {key.lstrip("+") for dimension in search.space.dimensions for key in dimension.keys}
    fixed = flat(masked(OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key not in FREE])))
    kept = {
        key: value for key, value in fixed.items() if matters(key) and not any(within(key, name) for name in searched)
    }
    return {
        "space": search.space.describe(),
        "sampler": flat(masked(cfg.sweep.sampler)),
        "seed": settings.seed,
        "seeds": settings.seeds,
        "objectives": objectives,
        "config": kept,
    }


def matters(key: str) -> bool:
    """Tell whether a result depends on a key."""
    group, _, rest = key.partition(".")
    name = rest.partition(".")[0]
    if group == "hardware":
        return name in COUNTING
    return group != "callback" or (bool(name) and name not in WATCHING)


def within(key: str, name: str) -> bool:
    """Tell whether a dotted key is, or lies in, what another one names; a group may have a package: ``a@b.c``."""
    name = name.partition("@")[2] or name
    return key == name or key.startswith(f"{name}.")


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return what differs between two identities, a line each: ``epochs: 5 -> 10``."""
    old, new = map(_by_key, (before, now))
    return [
        f"{key}: {shown(old, key)} -> {shown(new, key)}"
        for key in dict.fromkeys([*old, *new])
        if shown(old, key) != shown(new, key)
    ]


def shown(values: dict[str, Any], key: str) -> str:
    """Return a value in few characters."""
    return str(values[key]) if key in values else "not there"


def _by_key(identity: dict[str, Any]) -> dict[str, Any]:
    """Return the values of an identity by the keys that a user would give them with."""
    return {**identity["config"], **flat({k: v for k, v in identity.items() if k != "config"}, "sweep")}
