"""Which tracking store, and a connection to it that several first runs may make at once."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from runner.durable import read_json
from runner.folder import root_of
from runner.secret import MASK, mask_url

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",  # the follower repeats on its own, and notices the end meanwhile
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING": "false",
    "GIT_PYTHON_REFRESH": "quiet",  # a machine without git is no reason for a lecture
}


SETTING_UP = 120.0
"""Seconds for which another process may be making or migrating a sqlite store."""


class Unreachable(Exception):
    """The store did not take what it was sent."""


def choose(uri: str | None, folder: Path) -> str:
    """Return the URI of the store: the one asked for, else MLFLOW_TRACKING_URI, else sqlite beside the runs.

    A URI whose password was masked when it was written down leads nowhere: then the variable has to help.
    """
    named = [u for u in (uri, os.environ.get("MLFLOW_TRACKING_URI")) if u and MASK not in u]
    return named[0] if named else f"sqlite:///{root_of(folder.resolve()) / 'mlflow.db'}"


def prepare() -> None:
    """Set MLflow's defaults for this process, before it is imported; what the user has set stays."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)


@contextlib.contextmanager
def reaching(uri: str) -> Iterator[None]:
    """Turn whatever a store's absence raises into one ``Unreachable`` of one line."""
    import requests
    import sqlalchemy.exc
    from mlflow.exceptions import MlflowException

    try:
        yield
    except (MlflowException, requests.RequestException, sqlalchemy.exc.SQLAlchemyError, OSError) as error:
        line = mask_url((str(error).strip() or type(error).__name__).splitlines()[0])
        raise Unreachable(f"{mask_url(uri)}: {line[:300]}") from error


def connect(uri: str, experiment: str) -> tuple[Any, str]:
    """Return a client of the store and the id of the experiment, both made if they are not there yet."""
    prepare()
    import mlflow
    import mlflow.store.db.utils
    from mlflow.exceptions import MlflowException

    logging.getLogger("mlflow").setLevel(logging.ERROR)  # importing it has set its own level
    mlflow.store.db.utils.MAX_RETRY_COUNT = 1  # ten of its own take 100 s, with the lock held
    path = sqlite_path(uri)
    with locked(path) if path else contextlib.nullcontext():
        if path:
            listen()
        mlflow.set_tracking_uri(uri)
        client = mlflow.MlflowClient(uri)
        found = client.get_experiment_by_name(experiment)
        if found is None:
            # without a location of their own the files of a sqlite store would go to whatever folder we are in
            location = (path.parent / "mlartifacts").as_uri() + f"/{_plain(experiment)}" if path else None
            try:
                return client, client.create_experiment(experiment, artifact_location=location)
            except MlflowException:  # somebody else was faster, or it is a real failure, which comes again
                found = client.get_experiment_by_name(experiment)
                if found is None:
                    raise
        if found.lifecycle_stage == "deleted":
            client.restore_experiment(found.experiment_id)
        return client, found.experiment_id


class Connection:
    """A client of a store and the id of an experiment: made when first asked for, shared by all that is sent there.

    Args:
        uri: The store.
        experiment: The experiment's name in the store.
    """

    def __init__(self, uri: str, experiment: str) -> None:
        self.uri, self.experiment = uri, experiment
        self.made: tuple[Any, str] | None = None

    def __call__(self) -> tuple[Any, str]:
        """Return the client and the experiment's id."""
        if self.made is None:
            self.made = connect(self.uri, self.experiment)
        return self.made

    def forget(self) -> None:
        """Make them again next time: the store has failed, and may be another one now."""
        self.made = None


def known(client: Any, folder: Path, uri: str) -> Any:
    """Return the run that a folder's ``tracking.json`` names, None if it names none or the store has it no more."""
    from mlflow.exceptions import MlflowException

    noted = read_json(folder / "tracking.json")
    if not noted.get("run_id") or noted.get("uri") != mask_url(uri):
        return None
    try:
        run = client.get_run(noted["run_id"])
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return None
    return run if run.info.lifecycle_stage == "active" else None


def matching(tags: Mapping[str, str]) -> str:
    """Return the words by which a store is searched for runs with these tags."""
    quoted = {key: f'"{value}"' if "'" in value else f"'{value}'" for key, value in tags.items()}
    return " and ".join(f"tags.`{key}` = {value}" for key, value in quoted.items())


def sqlite_path(uri: str) -> Path | None:
    """Return the file of a sqlite store, None for any other."""
    scheme, _, path = uri.partition(":///")
    return Path(path).resolve() if scheme == "sqlite" and path else None


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time create the schema: MLflow's migrations do not stand company.

    Raises:
        OSError: Another process does not come to an end with it: it may have been stopped, and not be dead.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_name(f".{path.name}.lock"), "a", encoding="utf-8") as file:
        until = time.monotonic() + SETTING_UP
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise OSError(f"another process has been setting it up for {SETTING_UP:g} s") from None
            time.sleep(0.02)
        yield


def listen() -> None:
    """Let every sqlite connection of this process use a write-ahead log: readers and a writer do not wait."""
    from sqlalchemy import Engine, event

    if not event.contains(Engine, "connect", _write_ahead):
        event.listen(Engine, "connect", _write_ahead)


def _write_ahead(connection: Any, record: Any) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 20000")  # as MLflow sets it later
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.close()


def _plain(name: str) -> str:
    """Return an experiment's name as the name of one folder."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name).lstrip(".") or "_"
