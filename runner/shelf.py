"""A run's checkpoints: the last good one is always there, whatever the disk does."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.disk import Complaint, Unwritable, words_for
from runner.durable import keep_names
from runner.statefile import load, packed, write

LAST, PREVIOUS = "last.pt", "previous.pt"
RETRY = 15.0
"""Seconds between two attempts to write what the disk did not take."""

log = logging.getLogger(__name__)


class Shelf:
    """The folder of a run's checkpoints, and those that the disk has yet to take.

    A disk that is full does not end a training: the bytes of the newest checkpoint of each name wait in memory, and
    are tried again, in their order, until the disk takes them. Files that are there stay as they are meanwhile.

    Args:
        run: The run's folder.
        spare: Whether the last but one stays, as ``previous.pt``: the one to go on from if the last is damaged.
    """

    def __init__(self, run: Path, spare: bool = True) -> None:
        self.run, self.folder, self.spare = run, run / "checkpoints", spare
        self.owed: dict[str, memoryview] = {}
        self.complaint = Complaint("the training goes on, and this is tried again")
        self.error: OSError | None = None
        self.tried = 0.0
        self.damaged = False  # the last one on the disk: it takes nobody's place

    def put(self, name: str, state: Mapping[str, Any]) -> None:
        """Write a checkpoint, now or as soon as the disk takes it.

        Raises:
            Unwritable: The run's folder is gone: nobody would find it.
        """
        self.owed.pop(name, None)
        self.owed[name] = packed(state)
        self.settle()

    def settle(self) -> bool:
        """Write what is owed, and tell whether all of it is on the disk now."""
        self.tried = time.monotonic()
        while self.owed:
            name, content = next(iter(self.owed.items()))
            path = self.folder / name
            try:
                self.write(path, content)
            except OSError as error:
                self.error = error if isinstance(error, Unwritable) else Unwritable(error, path, len(content))
                if not self.run.exists():
                    raise Unwritable(OSError(f"{self.run} is gone: it was deleted or moved"), self.run) from error
                self.complaint.about(error, path, len(content))
                return False
            del self.owed[name]
            self.complaint.over(path)
        return True

    def write(self, path: Path, content: memoryview) -> None:
        """Write a file; of the last one, the one before stays."""
        if not self.folder.exists():
            self.folder.mkdir()
            keep_names(self.run)
        aside = self.folder / PREVIOUS if path.name == LAST and self.spare and not self.damaged else None
        write(path, content, aside)
        self.damaged = self.damaged and path.name != LAST

    def drop(self, name: str) -> None:
        """Remove a checkpoint, on the disk or owed."""
        self.owed.pop(name, None)
        (self.folder / name).unlink(missing_ok=True)

    def due(self) -> bool:
        """Tell whether something is owed, and it is time for another attempt."""
        return bool(self.owed) and time.monotonic() - self.tried >= RETRY

    def insist(self) -> None:
        """Raise what is in the way of the checkpoints, if something is."""
        if self.owed and self.error is not None:
            raise self.error

    def begun(self) -> bool:
        """Tell whether there is something to go on from, damaged or not."""
        return any((self.folder / name).exists() for name in (LAST, PREVIOUS))

    def newest(self) -> dict[str, Any] | None:
        """Return the newest state that is whole, None if the run has none yet; nothing is deleted.

        Raises:
            ValueError: There are files, and all of them are damaged; the message names each.
        """
        wrong = []
        for name in (LAST, PREVIOUS):
            if not (self.folder / name).exists():
                continue
            try:
                state = load(self.folder / name)
            except ValueError as error:
                wrong.append(str(error))
                continue
            except OSError as error:  # of the disk itself
                wrong.append(words_for(error, self.folder / name))
                continue
            if wrong:
                self.damaged = True
                where = f"epoch {state.get('epoch')}, step {state.get('step')}"
                log.warning("%s; going on from %s, which is of %s", "; ".join(wrong), name, where)
            return state
        if wrong:
            way_out = "restore one of them from a backup, or remove the folder to train anew"
            raise ValueError(f"no checkpoint can be used, and none was touched: {'; '.join(wrong)}; {way_out}")
        return None
