"""The configuration of each trial, composed once for each combination of parts; values are put into a copy."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf, open_dict

from runner.check.composition import compose
from runner.check.meant import for_hydra
from runner.check.override import is_group
from runner.check.settle import settle

Composed = Mapping[tuple[str, ...], DictConfig]


class Composer:
    """Composes trials of one search.

    To compose is fifteen times as dear as to copy and change values, and gives the same (see the tests).

    Args:
        name: The primary configuration.
        base: What the command asks for besides what is searched.
        loader: Hydra's, set up for the command.
        composed: Combinations that are composed already, by the overrides that choose their parts.
    """

    def __init__(
        self, name: str, base: Sequence[Override], loader: ConfigLoaderImpl, composed: Composed | None = None
    ) -> None:
        self.name, self.base, self.loader = name, list(base), loader
        self.given = [override.input_line or "" for override in base]
        self.parser = OverridesParser.create(config_loader=loader)
        self.composed: dict[tuple[str, ...], DictConfig] = dict(composed or {})

    def read(self, texts: Sequence[str]) -> list[Override]:
        """Return overrides of a trial, parsed."""
        return [self.parser.parse_override(text) for text in texts]

    def whole(self, overrides: Sequence[Override]) -> DictConfig:
        """Return the composed configuration of a trial, settled, with the nodes ``hydra`` and ``sweep``."""
        parts = [override for override in overrides if is_group(override, self.loader)]
        values = [override for override in overrides if override not in parts]
        key = tuple(override.input_line or "" for override in parts)
        if key not in self.composed:
            self.composed[key] = compose(self.name, for_hydra([*self.base, *parts], self.loader, self.name))
        cfg = copy.deepcopy(self.composed[key])
        for override in values:
            OmegaConf.update(cfg, override.key_or_group, override.value(), merge=True, force_add=True)
        settle(cfg, [*self.given, *(override.input_line or "" for override in overrides)])
        return cfg

    def cfg(self, texts: Sequence[str], number: int = 0, folder: str = "") -> DictConfig:
        """Return what a trial trains with; ``${hydra:...}`` in it is answered as for one of Hydra's own jobs.

        Args:
            texts: The trial's overrides: ``key=value``.
            number: Of the trial.
            folder: That it runs in.
        """
        cfg = self.whole(self.read(texts))
        with open_dict(cfg):
            cfg.hydra.job.num, cfg.hydra.job.id = number, str(number)
            cfg.hydra.job.override_dirname = ",".join(texts)
            cfg.hydra.runtime.output_dir = folder
            cfg.hydra.overrides.task = [*self.given, *texts]
            HydraConfig.instance().cfg = OmegaConf.masked_copy(cfg, ["hydra"])  # type: ignore[assignment]
            for node in ("hydra", "sweep"):
                cfg.pop(node, None)
        return cfg
