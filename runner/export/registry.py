"""A run's model in the model registry of its own tracking store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.durable import read_json
from runner.folder import identity
from runner.secret import mask_url
from runner.tracking import store
from runner.tracking.model import NAME, log_best


@dataclass(frozen=True)
class Registered:
    """A version of a registered model.

    Attributes:
        name: Of the model.
        version: A number that the store gave.
        uri: What loads it: ``mlflow.pyfunc.load_model(uri)``.
        store: Where it is, passwords masked.
    """

    name: str
    version: str
    uri: str
    store: str


def register(folder: Path, name: str, alias: str | None, files: Sequence[Path] = ()) -> Registered:
    """Register the best model of a run, once, and return its version.

    The version's description is the card, and the exported files lie beside the run's other ones.

    Args:
        folder: Of the run.
        name: Of the model in the registry, which is made if it is not there.
        alias: Points to this version from now on, whatever it pointed to: champion.
        files: The exported ones; README.md is the card.

    Raises:
        ValueError: The run is in no store, or the store does not take the name.
        Unreachable: The store did not answer.
    """
    noted = tracked(folder)
    uri = store.choose(noted["uri"], folder)
    store.prepare()
    with store.reaching(uri):
        client, _ = store.connect(uri, str(noted.get("experiment") or "runner"))
        if store.known(client, folder, uri) is None:
            raise ValueError(f"{mask_url(uri)} no longer has {identity(folder)}: runner sync sends it again")
        version = _version(client, folder, noted["run_id"], name)
        for path in files:
            client.log_artifact(noted["run_id"], str(path), "export")
            if path.name == "README.md":
                client.update_model_version(name, version, description=path.read_text(encoding="utf-8"))
        if alias:
            client.set_registered_model_alias(name, alias, version)
    loads = f"models:/{name}@{alias}" if alias else f"models:/{name}/{version}"
    return Registered(name, version, loads, mask_url(uri))


def tracked(folder: Path) -> dict[str, Any]:
    """Return where a run has been sent.

    Raises:
        ValueError: Nowhere.
    """
    noted = read_json(folder / "tracking.json")
    if not noted.get("run_id"):
        raise ValueError(f"{identity(folder)} is in no tracking store: runner sync {identity(folder)} sends it there")
    return noted


def _version(client: Any, folder: Path, run_id: str, name: str) -> str:
    """Return the version that the run's model has or gets."""
    from mlflow.exceptions import MlflowException

    logged = _logged(client, run_id)
    if logged is None and log_best(folder, client, run_id):
        logged = _logged(client, run_id)
    if logged is None:
        raise ValueError(f"the model of {identity(folder)} cannot be sent to the store")
    source = f"models:/{logged.model_id}"
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code == "INVALID_PARAMETER_VALUE":
            raise ValueError(f"--register {name}: {str(error).splitlines()[0]}") from error
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    for version in client.search_model_versions(f"name = '{name}'"):
        if version.source == source:
            return str(version.version)
    made = client.create_model_version(name, source, run_id, model_id=logged.model_id)
    return str(made.version)


def _logged(client: Any, run_id: str) -> Any:
    """Return the model that a run has logged, None if there is none."""
    experiment = client.get_run(run_id).info.experiment_id
    found = client.search_logged_models([experiment], filter_string=f"source_run_id = '{run_id}'")
    return next((model for model in found if model.name == NAME and model.status == "READY"), None)
