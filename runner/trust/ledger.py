"""What this user has made here: a line for each run and search, outside of the folders that can be given away.

``$XDG_STATE_HOME/runner/ledger``, else ``~/.local/state/runner/ledger``. A line holds the id and the sha256 of the file
that says what is built: a folder that was changed, or that came from elsewhere under the name of one of ours, is not
in it. Where there is no such place to write, nothing is noted and nothing known: everything is then held against the
packaged names, which suffices for runs without code of the user's own.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

NAME = "ledger"


def place() -> Path | None:
    """Return the ledger's file, or None if this user has no home."""
    try:
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    except RuntimeError:  # no HOME, and no entry in the system's list of users
        return None
    return Path(state) / "runner" / NAME


def note(identity: str, content: str) -> None:
    """Add a run or a search.

    One line, one write, at the end: any number of processes may do so at once, and what is there stays. It is not
    waited for: a line that is lost costs a ``--trust``, and only for code of the user's own.

    Args:
        identity: The run's or the search's id.
        content: Of its ``config.yaml`` or ``sweep.yaml``.
    """
    path = place()
    if path is None:
        return
    with contextlib.suppress(OSError):  # a home that cannot be written is no reason not to train
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            os.write(file, _line(identity, content).encode())
        finally:
            os.close(file)


def knows(identity: str, content: str) -> bool:
    """Tell whether this user has made a run or a search, and with just this content."""
    path = place()
    if path is None:
        return False
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.geteuid() or status.st_mode & 0o022:  # somebody else may have written it
                return False
            return f"\n{_line(identity, content)}".encode() in b"\n" + file.read()
    except OSError:
        return False


def _line(identity: str, content: str) -> str:
    """Return the line, quoted so that no name can be mistaken for two."""
    return f"{hashlib.sha256(content.encode()).hexdigest()} {identity!r}\n"
