"""Another target brings other keys: what the YAML said for the old one goes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from omegaconf import DictConfig, OmegaConf, open_dict

from runner.check.facts import SPECIAL
from runner.check.module import Unknown
from runner.check.signature import signature_at
from runner.folder import find


def settle(cfg: DictConfig, overrides: Iterable[str]) -> None:
    """Drop, in place, the keys that came with a target which an override replaced and that the new one lacks.

    ``model._target_=mynet.MyNet`` keeps the keys that MyNet has and whatever an override gives itself. And
    ``~callback`` means no callbacks, and a run in ``model.weights`` its best weights.

    Args:
        cfg: The composed configuration.
        overrides: As the user, or a sweeper, wrote them.
    """
    given = [text.lstrip("+").partition("=")[0] for text in overrides if not text.startswith("~")]
    for key in given:
        path, _, last = key.rpartition(".")
        if last == "_target_" and path:
            _drop_leftovers(cfg, path, set(given))
    if "callback" not in cfg:
        with open_dict(cfg):
            cfg.callback = {}
    _name_weights(cfg)


def _name_weights(cfg: DictConfig) -> None:
    """Let ``model.weights`` name a run instead of a file: it means its best weights, wherever "latest" leads later."""
    weights = OmegaConf.select(cfg, "model.weights", throw_on_missing=False)
    if isinstance(weights, str) and weights and not Path(weights).is_file():
        with suppress(ValueError):
            best = find(weights) / "checkpoints" / "best.pt"
            if best.is_file():
                cfg.model.weights = str(best)


def _drop_leftovers(cfg: DictConfig, path: str, given: set[str]) -> None:
    node = OmegaConf.select(cfg, path)
    try:
        target = node.get("_target_") if isinstance(node, DictConfig) else None
        signature = signature_at(path, target) if isinstance(target, str) else None
    except Unknown:
        return
    if signature is None or signature.open:
        return
    with open_dict(node):
        for key in [str(key) for key in node]:
            own = f"{path}.{key}"
            explicit = any(name == own or name.startswith(f"{own}.") for name in given)
            if key not in SPECIAL and key not in signature.parameters and not explicit:
                del node[key]
