"""Who is alive: a lease is a lock that a worker holds as long as it lives, whichever way it ends."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from runner import flock
from runner.sweep import advisory
from runner.sweep.storage import opened

if TYPE_CHECKING:
    from runner.sweep.place import Place

PATIENCE = 5 * advisory.PULSE
"""For how many seconds a lease at a server has to be free before its holder counts as dead."""


@contextlib.contextmanager
def claiming(place: Place) -> Iterator[None]:
    """Be the only one, of all processes on all machines that work on the study, for as long as this is entered.

    Among files the lock is a ``flock`` beside the storage, in PostgreSQL an advisory lock: both go when the process
    does. What is written to a journal meanwhile is made durable once, at the end.
    """
    store = opened(place.storage)
    with contextlib.ExitStack() as stack:
        if store.server is not None:
            stack.enter_context(advisory.held(store.server, advisory.number_of("claim", place.study)))
        else:
            stack.enter_context(flock.held(_file(place)))
        if store.journal is not None:
            stack.enter_context(store.journal.together())
        yield


class Lease:
    """The lease of a worker.

    Among files it is a ``flock``: nothing but the end of the process frees it. In PostgreSQL it is an advisory lock,
    which a living worker can lose with its connection: it is taken again at once (``advisory.kept``), and nobody is
    counted dead before the lease was free for ``PATIENCE`` (``Deaths``). Should that not be enough, the trial is given
    to another, and ``Queue.tell`` drops the result that comes too late. A machine that vanishes has lost its lease when
    the server's probes have gone unanswered for a minute. A pooler in between that hands each transaction to another
    connection cannot be used.
    """

    @staticmethod
    @contextlib.contextmanager
    def hold(place: Place, owner: str) -> Iterator[None]:
        """Hold the lease of ``owner`` until the block ends or the process dies.

        Args:
            place: Of the sweep.
            owner: A name that nobody else has, and that is not used again.

        Raises:
            ValueError: Another process holds it.
        """
        with contextlib.ExitStack() as stack:
            server = opened(place.storage).server
            if server is not None:
                is_ours = stack.enter_context(advisory.kept(server, _number(place, owner)))
            else:
                is_ours = stack.enter_context(_kept(_file(place, owner)))
            if not is_ours:
                raise ValueError(f"the lease {owner} is held by another process: every worker needs a name of its own")
            yield

    @staticmethod
    def is_held(place: Place, owner: str) -> bool:
        """Tell whether somebody holds it."""
        server = opened(place.storage).server
        if server is not None:
            return advisory.is_taken(server, _number(place, owner))
        return flock.is_taken(_file(place, owner))

    @staticmethod
    def forget(place: Place, owner: str) -> None:
        """Remove what a dead owner has left."""
        if opened(place.storage).server is None:
            file = flock.take(_file(place, owner), wait=False)
            if file is not None:
                with file:
                    _file(place, owner).unlink(missing_ok=True)


class Deaths:
    """Tells the dead from those whose server has lost their lease for a moment; ask it again and again."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._since: dict[str, float] = {}

    def has(self, owner: str) -> bool:
        """Tell whether the lease is free, and at a server has been at an earlier call, ``PATIENCE`` seconds ago."""
        if Lease.is_held(self._place, owner):
            self._since.pop(owner, None)
            return False
        since = self._since.setdefault(owner, time.monotonic())
        return opened(self._place.storage).server is None or time.monotonic() - since >= PATIENCE


@contextlib.contextmanager
def _kept(path: Path) -> Iterator[bool]:
    file = flock.take(path, wait=False)
    if file is None:
        time.sleep(0.2)  # an onlooker may have it for an instant
        file = flock.take(path, wait=False)
    if file is None:
        yield False
        return
    with file:
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)


def _number(place: Place, owner: str) -> int:
    return advisory.number_of("lease", place.study, owner)


def _file(place: Place, owner: str = "") -> Path:
    """Return the file of an owner's lease, or of the claim.

    It lies beside the storage, not in the sweep's folder, which processes that share the storage may name differently.
    """
    file = opened(place.storage).file
    assert file is not None
    folder = file.parent / ".lease"
    folder.mkdir(exist_ok=True)
    return folder / f"{quote(place.study, safe='')}+{quote(owner, safe='')}"
