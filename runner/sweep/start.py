"""What a checked search begins with: a look ahead, a cheap stage, or the search itself."""

from __future__ import annotations

from functools import partial

from hydra._internal.config_loader_impl import ConfigLoaderImpl

from runner.command import Command
from runner.sweep.words import Search
from runner.told import tell_search, told


def start(command: Command, loader: ConfigLoaderImpl, asked: Search) -> int:
    """Do what a search's settings ask for, and return the exit code."""
    if asked.settings.plan:
        from runner.sweep.plan import show_plan

        return show_plan(asked)
    if asked.settings.coarse_to_fine:
        from runner.sweep.coarse import search_twice as search
    else:
        from runner.sweep.search import search
    tell = partial(tell_search, asked.folder().absolute())
    return told(lambda: search(command, loader, asked), tell, command)
