"""A sweep's study: where it is, whether that can be reached, and how it is made and opened by many processes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

from runner.check.suggest import did_you_mean
from runner.sweep.outage import first_line, outage, patiently
from runner.sweep.place import Place
from runner.sweep.storage import DRIVER, POSTGRESQL, file_of, normal, opened, scheme, shown

if TYPE_CHECKING:
    from optuna import Study

Direction = Literal["minimize", "maximize"]
NO_ADDRESS = "not like postgresql://user:password@host:5432/name; in a password, %40 is a @ and %2F a /"


def create_study(
    place: Place, directions: Sequence[str], facts: Mapping[str, Any], give_up: Callable[[], object] = lambda: False
) -> Study:
    """Return the study, made if it is not there; any number of processes may do so at once.

    Args:
        place: Where.
        directions: ``minimize`` or ``maximize``, one for each objective.
        facts: What the study is told to remember; what it remembers already stays as it is.
        give_up: Whether somebody does not want to wait for the database any longer.

    Raises:
        ValueError: The study is there with other directions.
        ConnectionError: The database does not answer.
    """
    return patiently(lambda: _create(place, list(directions), facts), give_up=give_up)


def _create(place: Place, directions: list[str], facts: Mapping[str, Any]) -> Study:
    import optuna

    from runner.sweep.lease import claiming

    if not scheme(place.storage):
        file_of(place.storage).parent.mkdir(parents=True, exist_ok=True)
    storage = opened(place.storage).storage
    with claiming(place):
        study = optuna.create_study(
            storage=storage,
            sampler=optuna.samplers.RandomSampler(seed=0),  # each trial is asked for with a sampler of its own
            pruner=optuna.pruners.NopPruner(),  # Optuna's default is to prune
            study_name=place.study,
            directions=cast("list[Direction]", directions),
            load_if_exists=True,
        )
        there = [direction.name.lower() for direction in study.directions]
        if there != directions:
            raise ValueError(
                f"the study {place.study} is there and wants to {there}, not {directions}: name another one"
            )
        known = study.user_attrs
        for key, value in facts.items():
            if key not in known:
                study.set_user_attr(key, value)
    return study


def open_study(place: Place, give_up: Callable[[], object] = lambda: False) -> Study:
    """Return the study, with a sampler and a pruner that do nothing clever; a process has one storage for it.

    Raises:
        ValueError: There is no such study.
        ConnectionError: The database does not answer.
    """
    return patiently(lambda: _open_study(place), give_up=give_up)


def _open_study(place: Place) -> Study:
    import optuna

    if scheme(place.storage) != DRIVER and not file_of(place.storage).is_file():
        raise ValueError(f"no study {place.study}: {file_of(place.storage)} is not there")
    storage = opened(place.storage).storage
    samplers, pruners = optuna.samplers, optuna.pruners
    try:
        return optuna.Study(place.study, storage, sampler=samplers.RandomSampler(seed=0), pruner=pruners.NopPruner())
    except KeyError:
        raise ValueError(f"no study {place.study} in {shown(place.storage)}") from None


def storage_problem(text: str) -> str | None:
    """Return why a study cannot be stored there, in one line with passwords masked, or None; nothing is written.

    Args:
        text: As the user wrote it: ``sqlite:///x.db``, ``postgresql://user@host/name``, or the path of a journal.
    """
    kind = scheme(text)
    if kind in POSTGRESQL:
        problem = _server_problem(normal(text))
    elif kind in ("sqlite", ""):
        problem = _file_problem(kind, text)
    else:
        problem = f"unknown kind {kind}{did_you_mean(kind, ('sqlite', 'postgresql'))}"
    return f"sweep.storage={shown(text)}: {problem}" if problem else None


def _file_problem(kind: str, text: str) -> str | None:
    path = file_of(text)
    if kind and (":///" not in text or path.name in ("", ":memory:")):
        return "several processes cannot share a database in memory: sqlite:///FILE"
    if not kind and path.suffix != ".journal":
        return f"a path is that of a journal and ends in .journal: sqlite:///{text} is a database"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if path.is_dir():
        return "that is a folder"
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        return f"{path if path.exists() else path.parent} cannot be written"
    if kind and path.exists():
        try:
            with contextlib.closing(sqlite3.connect(path)) as database:
                database.execute("SELECT name FROM sqlite_master LIMIT 1")
        except sqlite3.DatabaseError as error:
            return str(error)
    return None


def _server_problem(address: str) -> str | None:
    import sqlalchemy

    user = address.partition("://")[2].partition("?")[0].rpartition("@")[0]
    if "@" in user or "/" in user:  # it would be cut at the wrong place
        return NO_ADDRESS
    try:
        engine = sqlalchemy.create_engine(address, poolclass=sqlalchemy.NullPool, connect_args={"connect_timeout": 5})
    except ImportError:
        return "the driver is not installed: pip install 'psycopg[binary]'"
    except (ValueError, sqlalchemy.exc.ArgumentError):
        return NO_ADDRESS
    try:
        with engine.connect():
            return None
    except sqlalchemy.exc.SQLAlchemyError as error:
        return outage(error) or first_line(error)
