"""Waiting for a database that is restarted under a sweep."""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from runner.secret import mask_url

T = TypeVar("T")
LIMIT = 600.0
"""For how many seconds an action is tried again, unless told otherwise."""
FIRST, LONGEST = 0.2, 2.0
"""Seconds between two tries: twice as many each time."""
PASSING = ("08", "40", "53300", "55P03", "57P01", "57P02", "57P03")
"""PostgreSQL's codes, or how they begin, of what passes: no connection, a deadlock, too many connections, a lock, a
shutdown, a start. Source: the appendix "PostgreSQL Error Codes" of its manual."""
REFUSED = ("authentication failed", "does not exist", "no pg_hba.conf entry")
"""What a server that is there answers to those whom it does not let in; such an answer comes without a code."""

log = logging.getLogger(__name__)


def patiently(action: Callable[[], T], limit: float = LIMIT, give_up: Callable[[], object] = lambda: False) -> T:
    """Return what ``action()`` returns, trying again as long as the database does not answer.

    Args:
        action: Has to be safe to repeat: the answer may be lost after the work was done.
        limit: For how many seconds, before giving up.
        give_up: Whether somebody does not want to wait any longer.

    Raises:
        ConnectionError: The database did not answer in that time.
    """
    begun, pause = time.monotonic(), FIRST
    while True:
        try:
            return action()
        except Exception as error:
            cause = outage(error)
            if cause is None:
                raise
            passed = time.monotonic() - begun
            if passed + pause > limit or give_up():
                waited = limit if passed + pause > limit else round(passed, 1)
                message = f"the storage of the study has not answered for {waited:g} s: {cause}"
                raise ConnectionError(message) from error
            if pause == FIRST:
                log.warning("the storage of the study does not answer; trying again for %g s: %s", limit, cause)
        time.sleep(pause)
        pause = min(2 * pause, LONGEST)


def outage(error: BaseException) -> str | None:
    """Return the first line of what the database's driver said, or None if waiting would not help.

    A connection that is lost or refused comes back, and a lock is let go. A full disk, a damaged file, a missing
    permission stay.
    """
    if "sqlalchemy" not in sys.modules:  # it takes a second to import, and was not there to raise anything
        return None
    from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

    for link in _chain(error):
        if isinstance(link, DBAPIError):
            kind = isinstance(link, OperationalError | InterfaceError) and passes(link.orig)
            if kind or link.connection_invalidated:
                return first_line(link.orig or link)
    return None


def passes(said: BaseException | None) -> bool:
    """Tell whether what a driver has said may be otherwise in a while."""
    if isinstance(said, sqlite3.Error):
        code = getattr(said, "sqlite_errorcode", None)  # the module's own errors have none
        return "locked" in str(said) if code is None else code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    state = getattr(said, "sqlstate", None)
    if state is None:  # there was no connection to say one
        return not any(words in str(said) for words in REFUSED)
    return str(state).startswith(PASSING)


def trouble(error: BaseException) -> str | None:
    """Return in one line what is wrong with the storage or the disk; None if the error is about something else."""
    from sqlalchemy.exc import DBAPIError

    if isinstance(error, ConnectionError):
        return first_line(error)
    if isinstance(error, OSError):
        return f"{os.path.relpath(error.filename)}: {error.strerror}" if error.filename else first_line(error)
    said = next((link for link in _chain(error) if isinstance(link, DBAPIError)), None)
    return None if said is None else f"the storage of the study does not work: {first_line(said.orig or said)}"


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, with passwords masked."""
    return mask_url(next(iter(str(error).strip().splitlines()), type(error).__name__))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
