"""Locks that end with their connection: PostgreSQL's advisory locks, which reach over machines."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from runner.sweep.outage import patiently

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

PULSE = 0.5
"""After how many seconds a holder looks whether the server still knows of its lock."""
HELD = """SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND classid::bigint = :high AND objid::bigint = :low)"""

log = logging.getLogger(__name__)


def number_of(*words: str) -> int:
    """Return the number of the lock that these words name, the same on every machine."""
    return int.from_bytes(hashlib.sha256("\0".join(("runner", *words)).encode()).digest()[:8], signed=True)


@contextlib.contextmanager
def held(engine: Engine, number: int) -> Iterator[None]:
    """Hold a lock alone, waiting for whoever has it, in a transaction: no later user of the connection inherits it."""
    import sqlalchemy

    with engine.connect() as connection, connection.begin():
        connection.execute(sqlalchemy.select(sqlalchemy.func.pg_advisory_xact_lock(number)))
        yield


def is_taken(engine: Engine, number: int) -> bool:
    """Tell whether a connection has the lock, without touching it."""
    import sqlalchemy

    with engine.connect() as connection:
        halves = {"high": number >> 32 & 0xFFFFFFFF, "low": number & 0xFFFFFFFF}
        return bool(connection.execute(sqlalchemy.text(HELD), halves).scalar())


@contextlib.contextmanager
def kept(engine: Engine, number: int) -> Iterator[bool]:
    """Keep a lock for as long as this is entered, and give whether it was to be had.

    It is that of a connection of its own. When that is lost, because the server was restarted or a router forgot it, a
    thread takes the lock again, on a new connection, within ``PULSE`` of the server's being back.
    """
    connection = patiently(lambda: _take(engine, number))
    if connection is None:
        yield False
        return
    end = threading.Event()
    keeper = threading.Thread(target=_keep, args=(engine, number, connection, end), name="lease", daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        end.set()
        keeper.join(5)


def _take(engine: Engine, number: int) -> Connection | None:
    """Return a connection that has the lock, or None if another has it."""
    import sqlalchemy

    lock = sqlalchemy.select(sqlalchemy.func.pg_try_advisory_lock(number))
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(engine.connect()).execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # the pool has no say in it
        if connection.execute(lock).scalar():
            stack.pop_all()
            return connection
    return None


def _keep(engine: Engine, number: int, connection: Connection | None, end: threading.Event) -> None:
    import sqlalchemy

    while not end.wait(PULSE):
        try:
            if connection is None:
                connection = _take(engine, number)  # None: the server has yet to notice that we were cut off
            else:
                connection.execute(sqlalchemy.select(1))
        except sqlalchemy.exc.SQLAlchemyError as error:
            log.info("a lease was lost and is taken again: %s", error)
            _drop(connection)
            connection = None
    _drop(connection)


def _drop(connection: Connection | None) -> None:
    if connection is not None:
        with contextlib.suppress(Exception):  # it is of no use whatever happens
            connection.invalidate()
            connection.close()
