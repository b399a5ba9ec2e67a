"""Who proposes trials: a sampler, made anew for each of them, or a design, which knows all of them beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

    from runner.sweep.sampler.design import Design
    from runner.sweep.settings import Settings
    from runner.sweep.space import Space


def proposer(settings: Settings, space: Space, objectives: Sequence[str], count: int) -> BaseSampler | Design:
    """Return what proposes the trial that comes after so many: one of Optuna's samplers, or a design.

    It keeps nothing from one trial to the next, so what it proposes depends on the seed and on the trials alone, and
    not on who asks, or on how often a search was interrupted.
    """
    from numpy.random import SeedSequence
    from omegaconf import OmegaConf

    from runner.make import make

    seed = int(SeedSequence([settings.seed, count]).generate_state(1)[0])  # 32 bits: more is too much for Optuna
    node = OmegaConf.create(settings.sampler)
    facts = {"seed": seed, "study_seed": settings.seed, "space": space, "objectives": list(objectives)}
    made: BaseSampler | Design = make(node, **facts)
    return made
