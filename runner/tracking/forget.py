"""Deleting a run's entry in its tracking store: softly, as MLflow does it, until somebody cleans the store up."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from runner.durable import read_json
from runner.tracking import store


def address(folder: Path) -> str:
    """Return the store that has a run's entry."""
    return store.choose(read_json(folder / "tracking.json").get("uri"), folder)


def delete(folders: Iterable[Path]) -> int:
    """Delete the entries of runs; return how many there were. One that is not there any more is no failure.

    Args:
        folders: Of runs, and of sweeps, that have a ``tracking.json``.

    Raises:
        Unreachable: A store does not answer.
    """
    count, clients = 0, {}
    for folder in folders:
        uri = address(folder)
        with store.reaching(uri):
            if uri not in clients:
                experiment = str(read_json(folder / "tracking.json").get("experiment") or "runner")
                clients[uri] = store.connect(uri, experiment)[0]
            if store.known(clients[uri], folder, uri) is not None:
                clients[uri].delete_run(read_json(folder / "tracking.json")["run_id"])
                count += 1
    return count
