"""Overrides in the form that does what the user means, where Hydra's own reading of them would do something else."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import OmegaConf

from runner.check.override import in_list, is_group, swept
from runner.check.refusal import Refusal
from runner.vocabulary.quoted import quoted


def for_hydra(overrides: Sequence[Override], loader: ConfigLoaderImpl, name: str) -> list[str]:
    """Return overrides in the form that does what the user means.

    A value gets ``++``: no key has to be there yet, since the signatures say which keys there are. And the choices of
    callbacks become one list, because of ``callback=record +callback=ema`` Hydra would drop the second silently.

    Args:
        overrides: Of the command.
        loader: Set up for it.
        name: The primary configuration, which may choose callbacks itself.
    """
    chosen = [o for o in overrides if o.key_or_group == "callback" and names_of(o)]
    if adds := any(o.is_add() for o in overrides if o.key_or_group == "callback"):  # then a search's lists add up too
        chosen += [o for o in overrides if o.key_or_group == "callback" and o.is_sweep_override()]
    texts = [_forced(o, loader) for o in overrides if o not in chosen]
    texts += [f"++{key}={value}" for key, value in of_debug(overrides, loader).items()]
    if not chosen:
        return texts
    given = [o for o in chosen if not o.is_add()][-1:]
    before = _overridden(overrides, loader, name) if adds and not given else None
    added = [_alternatives(o) for o in chosen if o.is_add()]
    lists = [
        dict.fromkeys([*(before or []), *itertools.chain(*names)])
        for names in itertools.product(*map(_alternatives, given), *added)
    ]
    value = ",".join(f"[{','.join(map(quoted, names))}]" for names in lists)
    return [f"{'+' if not given and before is None else ''}callback={value}", *texts]


def _overridden(overrides: Sequence[Override], loader: ConfigLoaderImpl, name: str) -> list[str] | None:
    """Return the callbacks that a recipe chooses with ``override``, which to Hydra counts more than what is added.

    None if it leaves the choice to what it inherits, or cannot be composed.
    """
    parts = [o for o in overrides if o.key_or_group != "callback" and not o.is_sweep_override() and is_group(o, loader)]
    texts = [o.input_line or "" for o in parts]
    try:
        found = loader.compute_defaults_list(name, texts, RunMode.MULTIRUN).overrides.override_choices
    except Refusal:
        return None  # who composes is told
    if "callback" not in found:
        return None
    names = found["callback"]
    return [names] if isinstance(names, str) else list(names or [])


def _alternatives(override: Override) -> list[list[str]]:
    """Return the callbacks that a word chooses; of a search's list, those of each of its elements."""
    return [in_list(value) for value in swept(override)] if override.is_sweep_override() else [names_of(override)]


def of_debug(overrides: Sequence[Override], loader: ConfigLoaderImpl) -> dict[str, int]:
    """Return what a debug preset of the command says of root keys: a recipe's own epochs do not undo ``debug=smoke``.

    What the command itself says of them counts.
    """
    typed = {override.key_or_group for override in overrides}
    names = [name for o in overrides if o.key_or_group == "debug" for name in names_of(o)]
    loaded = loader.repository.load_config(f"debug/{names[-1]}") if names else None
    said = {} if loaded is None else OmegaConf.to_container(loaded.config)
    assert isinstance(said, dict)
    return {str(key): value for key, value in said.items() if isinstance(value, int) and key not in typed}


def names_of(override: Override) -> list[str]:
    """Return the choices that an override names one by one."""
    value = None if override.is_sweep_override() or override.is_delete() else override.value()
    return list(map(str, value)) if isinstance(value, list) else [value] if isinstance(value, str) else []


def _forced(override: Override, loader: ConfigLoaderImpl) -> str:
    text = override.input_line or ""
    if override.is_delete() or override.is_hydra_override() or is_group(override, loader):
        return text
    return f"++{text.lstrip('+')}"
