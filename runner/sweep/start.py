"""What a checked search begins with: a look ahead, a cheap stage, or the search itself."""

from __future__ import annotations

from hydra._internal.config_loader_impl import ConfigLoaderImpl

from runner.compose import Command
from runner.sweep.words import Search


def start(command: Command, loader: ConfigLoaderImpl, asked: Search) -> int:
    """Do what a search's settings ask for, and return the exit code."""
    if asked.settings.plan:
        from runner.sweep.plan import show_plan

        return show_plan(asked)
    if asked.settings.coarse_to_fine:
        from runner.sweep.coarse import search_twice

        return search_twice(command, loader, asked)
    from runner.sweep.search import search

    return search(command, loader, asked)
