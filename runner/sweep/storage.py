"""Where a study is stored: a journal, SQLite, or PostgreSQL; opened once per process, and safely by many at once."""

from __future__ import annotations

import contextlib
import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner import flock
from runner.secret import MASK
from runner.sweep import advisory

if TYPE_CHECKING:
    from optuna.storages import BaseStorage, RDBStorage
    from sqlalchemy import Engine

    from runner.sweep.journal import Backend

DRIVER = "postgresql+psycopg"
"""PostgreSQL through psycopg 3, as SQLAlchemy names it."""
POSTGRESQL = ("postgresql", "postgres", DRIVER)
"""What users may call it."""
VANISHED = {"idle": 30, "interval": 10, "count": 3}
"""After how many seconds of silence a machine is asked whether it is there, how often, and when it is given up."""


@dataclass(frozen=True)
class Opened:
    """A storage of this process.

    Attributes:
        storage: What a study is given.
        database: The same without Optuna's cache, for reading a few trials out of many; the journal itself.
        engine: Of the database; None for a journal.
        journal: What reads and writes the journal; None for a database.
        file: Of the journal or of SQLite; None for PostgreSQL.
        inode: Of the journal: another file under the same name is another storage.
    """

    storage: BaseStorage
    database: BaseStorage
    engine: Engine | None
    journal: Backend | None
    file: Path | None
    inode: int

    @property
    def server(self) -> Engine | None:
        """The engine of PostgreSQL, which has locks of its own; None for files."""
        return self.engine if self.file is None else None


_OPENED: dict[str, Opened] = {}
os.register_at_fork(after_in_child=_OPENED.clear)


def scheme(text: str) -> str:
    """Return what stands before ``://``; empty for the path of a journal."""
    return text.partition("://")[0] if "://" in text else ""


def normal(text: str) -> str:
    """Return a storage as every process has to name it: an absolute path, or an address with its driver."""
    if scheme(text) in POSTGRESQL:
        return f"{DRIVER}://{text.partition('://')[2]}"
    if scheme(text) == "sqlite":
        return f"sqlite:///{file_of(text).absolute()}"
    return str(Path(text).absolute())


def file_of(text: str) -> Path:
    """Return the file of a journal or of an SQLite database."""
    return Path(text.partition(":///")[2].partition("?")[0] if scheme(text) else text)


def shown(text: str) -> str:
    """Return a storage without its password, also where that holds what should have been written as ``%40``."""
    return re.sub(r"(://[^:@/]*):.*@", rf"\1:{MASK}@", text.partition("?")[0])


def opened(text: str) -> Opened:
    """Return the storage, the same one for the whole life of this process; it is created if it is not there.

    Raises:
        ValueError: It is damaged, or was written by another version of Optuna.
    """
    known = _OPENED.get(text)
    if known is None or known.inode != _inode(text):
        quiet()
        known = _OPENED[text] = _open(text)
    return known


def quiet() -> None:
    """Keep Optuna from talking: what there is to say, the sweep says."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


def _inode(text: str) -> int:
    try:
        return 0 if scheme(text) else os.stat(text).st_ino
    except FileNotFoundError:
        return -1


def _open(text: str) -> Opened:
    from optuna.storages import get_storage

    if not scheme(text):
        from runner.sweep.journal import Backend, journal_storage

        backend = Backend(Path(text))
        journal = journal_storage(backend)
        return Opened(journal, journal, None, backend, Path(text), _inode(text))
    file = None if scheme(text) == DRIVER else file_of(text)
    with _alone(text, file):  # of four processes that create the tables at once, Optuna lets one live
        database = _database(text, file)
    return Opened(get_storage(database), database, database.engine, None, file, 0)


def _database(text: str, file: Path | None) -> RDBStorage:
    import sqlalchemy
    from optuna.storages import RDBStorage

    options: dict[str, Any] = {"connect_args": {"timeout": 60}}
    if file is None:
        alive = {f"keepalives_{key}": value for key, value in VANISHED.items()}
        options = {"pool_pre_ping": True, "connect_args": {"connect_timeout": 10, "tcp_user_timeout": 30_000, **alive}}
    try:  # Optuna formats the address: a brace in a password is no field
        database = RDBStorage(text.replace("{", "{{").replace("}", "}}"), engine_kwargs=options)
    except RuntimeError as error:
        raise ValueError(f"the storage was written by another version of Optuna: {error}") from None
    if file is None:
        sqlalchemy.event.listen(database.engine, "connect", _connected)
        database.engine.dispose()  # those that were made without it
    return database


def _connected(connection: Any, _: object) -> None:
    """Let the server find out soon that our machine has vanished, and no child of ours hold the connection."""
    flock.keep_from_children(connection)
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET tcp_keepalives_{key} = {value}" for key, value in VANISHED.items()))
    connection.commit()


@contextlib.contextmanager
def _alone(text: str, file: Path | None) -> Iterator[None]:
    """Hold the storage while its tables are made."""
    if file is not None:
        lease = file.parent / ".lease"
        lease.mkdir(exist_ok=True)
        with flock.held(lease / f"{file.name}.tables"):
            yield
        return
    import sqlalchemy

    engine = sqlalchemy.create_engine(text, poolclass=sqlalchemy.NullPool, connect_args={"connect_timeout": 10})
    with advisory.held(engine, advisory.number_of("tables")):
        yield
