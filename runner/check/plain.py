"""From OmegaConf to plain values, with every interpolation that leads nowhere reported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runner.check.problem import Problem


def to_plain(cfg: DictConfig) -> tuple[dict[str, Any], list[Problem]]:
    """Return a configuration as plain values without Hydra's node, and what could not be resolved.

    Missing values stay ``???``; what is broken is left out.
    """
    problems: list[Problem] = []
    tree = {key: _plain(cfg, key, key, problems) for key in map(str, cfg) if key != "hydra"}
    return {key: value for key, value in tree.items() if value is not BROKEN}, problems


BROKEN = object()


def _plain(parent: DictConfig | ListConfig, key: Any, path: str, problems: list[Problem]) -> Any:
    if OmegaConf.is_missing(parent, key):
        return "???"
    try:
        value = parent[key]
    except OmegaConfBaseException as error:
        written = OmegaConf.to_container(parent, resolve=False)
        text = written[key] if isinstance(written, dict | list) else ""
        reason = str(error).splitlines()[0].removeprefix("Interpolation ").rstrip(".")
        problems.append(Problem(f"{path}: {text} leads nowhere: {reason}", key=path))
        return BROKEN
    if isinstance(value, DictConfig):
        return dict(_items(value, path, problems))
    if isinstance(value, ListConfig):
        items = [_plain(value, index, f"{path}[{index}]", problems) for index in range(len(value))]
        return [item for item in items if item is not BROKEN]
    return value


def _items(node: DictConfig, path: str, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    for key in map(str, node):
        value = _plain(node, key, f"{path}.{key}", problems)
        if value is not BROKEN:
            yield key, value
