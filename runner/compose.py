"""Hydra, set up to compose what a command asks for."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import yaml
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.initialize import initialize_config_dir
from hydra.plugins.config_source import ConfigResult
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf

from runner.command import Command
from runner.folder import OUTPUTS, reserve
from runner.home import CONF
from runner.trust.document import check_yaml, read_text

VERSION_BASE = "1.3"


class BoundedFiles(FileConfigSource):
    """Hydra's own way to read YAML files, of which none may stand for more than is reasonable."""

    def load_config(self, config_path: str) -> ConfigResult:
        """Look at a file before it is read.

        Raises:
            ValueError: It is too large, or its aliases are; the message names it.
        """
        path = Path(self.path) / self._normalize_file_name(config_path)
        if path.is_file():
            text = read_text(path)
            try:
                with suppress(yaml.YAMLError):  # Hydra says what is wrong
                    check_yaml(text)
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from None
        return super().load_config(config_path)


class PackagedConf(SearchPathPlugin):
    """Lets a recipe anywhere name the packaged parts, and everything name the parts in ``--config-dir``."""

    folders: tuple[Path, ...] = ()

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Append the folders after the one of the primary configuration."""
        for folder in self.folders:
            search_path.append("runner", f"file://{folder}")


def prepare(command: Command, *, showing: bool = False) -> None:
    """Register with Hydra what is ours: the search path and the resolver for a run's id.

    Args:
        command: What was asked for.
        showing: Nothing will run: a run's id names no folder.
    """
    Plugins.instance().register(PackagedConf)
    SourcesRegistry.instance().types[BoundedFiles.scheme()] = BoundedFiles
    folders = [CONF] if command.recipe else []
    PackagedConf.folders = (*folders, *([command.config_dir] if command.config_dir else []))
    showing = showing or bool(command.flags)  # then nothing may be made
    OmegaConf.register_new_resolver("runner.id", (lambda: "<id>") if showing else run_id, replace=True)


@functools.cache
def run_id() -> str:
    """Return the name of the folder of this process's run or sweep; it is made when the name is first asked for."""
    return reserve(OUTPUTS).name


@contextmanager
def hydra_for(command: Command, *, showing: bool = False) -> Iterator[ConfigLoaderImpl]:
    """Set Hydra up for a command, as ``hydra.main`` would; within another one, that one is back afterwards."""
    outer, folders = GlobalHydra.instance().hydra, PackagedConf.folders
    GlobalHydra.instance().clear()
    prepare(command, showing=showing)
    try:
        with initialize_config_dir(str(command.directory), job_name="runner", version_base=VERSION_BASE):
            hydra = GlobalHydra.instance().hydra
            assert hydra is not None
            assert isinstance(hydra.config_loader, ConfigLoaderImpl)
            yield hydra.config_loader
    finally:
        GlobalHydra.instance().hydra, PackagedConf.folders = outer, folders


def of_training(cfg: DictConfig) -> DictConfig:
    """Return a copy of what a training reads: without Hydra's own node, and without how one would search."""
    return OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key not in ("hydra", "sweep")])
