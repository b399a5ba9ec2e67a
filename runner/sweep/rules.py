"""What the settings of a search rule out together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

from omegaconf import OmegaConf

from runner.check.problem import Problem
from runner.command import elsewhere
from runner.sweep.coarse import Coarse
from runner.sweep.duration import seconds
from runner.sweep.settings import Settings
from runner.sweep.words import Search

DESIGNS = ("grid", "random", "qmc")
TAKEN = ("latest", "trials", "mlflow.db", "mlartifacts")
"""Names in the outputs folder that are not free."""
SINGLE = ("forest", "cmaes")
"""Samplers of this package that know one objective."""


def rules(search: Search) -> Iterator[Problem]:
    """Yield what does not go together in a search whose single settings are right."""
    settings, cfg = search.settings, search.cfg
    sampler = kind(settings.sampler)
    several = OmegaConf.is_list(cfg.get("objective"))
    if several and kind(settings.pruner) != "none":
        yield Problem(
            "a trial with several objectives cannot be pruned: no one of them tells whether it is worth going on;"
            " add sweep/pruner=none",
            key="sweep.pruner",
        )
    if several and (sampler in SINGLE or (sampler == "gp" and settings.sampler.get("acquisition") != "logei")):
        yield Problem(
            f"sweep={sampler} looks for one objective: use sweep=nsga2, bayes, or gp with"
            " sweep.sampler.acquisition=logei",
            key="sweep.sampler",
        )
    if elsewhere(search.command) and (ignored := [*changed(settings), *(["sweep"] if sampler != "grid" else [])]):
        yield Problem(
            f"hydra/launcher trains the lists of a command line, all at once, and would ignore {', '.join(ignored)}",
            key="sweep",
        )
    if settings.confirm is not None and set(settings.confirm) != {"top", "seeds"}:
        yield Problem("sweep.confirm holds top and seeds: {top: 3, seeds: 5}", key="sweep.confirm")
    for name in ("confirm", "coarse_to_fine"):
        if several and getattr(settings, name):
            yield Problem(f"sweep.{name} needs one objective: there is no best trial of several", key=f"sweep.{name}")
    if settings.trials is None and sampler != "grid":
        yield Problem(f"sweep.trials: how many? sweep={sampler} never ends by itself", key="sweep.trials")
    if settings.coarse_to_fine and sampler in DESIGNS:
        yield Problem(
            f"sweep.coarse_to_fine narrows the space for a sampler that learns, sweep={sampler} does not",
            key="sweep.coarse_to_fine",
        )
    if settings.coarse_to_fine:
        try:
            Coarse(**settings.coarse_to_fine)
        except (TypeError, ValueError) as error:
            text = str(error).partition("__init__() ")[2] or str(error)
            yield Problem(
                f"sweep.coarse_to_fine: {text}; for example {{trials: 16, epochs: 0.25, keep: 0.25}}",
                key="sweep.coarse_to_fine",
            )
        if "epochs" in {dimension.name for dimension in search.space.dimensions}:
            yield Problem(
                "sweep.coarse_to_fine trains for a share of the epochs, which cannot be searched too", key="epochs"
            )
    if settings.name and (settings.name in TAKEN or not re.fullmatch(r"\w[\w.-]*", settings.name)):
        yield Problem(
            f"sweep.name={settings.name}: give a plain name, of letters, digits, - and _: it becomes a folder",
            key="sweep.name",
        )
    if settings.storage and not settings.name:
        yield Problem(
            "sweep.storage needs a sweep.name: by it other machines, and the next command, find the search",
            key="sweep.storage",
        )
    for name in ("budget", "trial_timeout"):
        try:
            seconds(getattr(settings, name))
        except ValueError as error:
            yield Problem(f"sweep.{name}: {error}", key=f"sweep.{name}")
    if settings.storage:
        from runner.sweep.study import storage_problem

        if wrong := storage_problem(settings.storage):
            yield Problem(f"sweep.storage: {wrong}", key="sweep.storage")


def changed(settings: Settings) -> list[str]:
    """Return the settings, besides sampler and pruner, that are not what they are by themselves."""
    given = {field.name: (getattr(settings, field.name) or field.default, field.default) for field in fields(settings)}
    names = [name for name, (value, usual) in given.items() if usual is not MISSING and value != usual]
    return [f"sweep.{name}" for name in names if name != "pruner"]


def kind(node: Any) -> str:
    """Return the short name of a sampler or a pruner: the last part of its target."""
    return str((node or {}).get("_target_", "none")).rpartition(".")[2]
