"""Searches as a command asks for them, read and checked without building anything."""

from contextlib import contextmanager

from runner.command import read_command
from runner.compose import hydra_for
from runner.sweep.examine import examine_search


@contextmanager
def asked(*words):
    """Yield the search of a command that has to be right, while Hydra is set up for it."""
    command = read_command(["-m", *words])
    with hydra_for(command) as loader:
        checked = examine_search(command, loader, deep=False)
        assert checked.problems == []
        yield checked.search


def problems(*words, deep=False):
    """Return what is wrong with a search: message and place."""
    command = read_command(["-m", *words])
    with hydra_for(command) as loader:
        return [(problem.message, problem.place) for problem in examine_search(command, loader, deep).problems]
