"""Where a sweep is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runner.sweep.storage import normal

JOURNAL = "study.journal"
"""The storage of a sweep that names none, in the sweep's folder."""


@dataclass(frozen=True)
class Place:
    """Where a sweep is; every process that works on it is given this.

    Attributes:
        storage: The absolute path of a journal, ``sqlite:////x.db``, or ``postgresql+psycopg://user:password@host/name``.
        study: The study's name in there.
        folder: The sweep's, ``outputs/<name>/``, absolute.
    """

    storage: str = field(repr=False)  # it may hold a password
    study: str
    folder: Path

    @classmethod
    def at(cls, folder: Path, storage: str | None = None, study: str | None = None) -> Place:
        """Return the place of a sweep from what the user wrote.

        Args:
            folder: The sweep's.
            storage: Relative to the working directory; None: a journal in the folder.
            study: None: the folder's name.
        """
        folder = folder.absolute()
        return cls(normal(storage or str(folder / JOURNAL)), study or folder.name, folder)

    def plain(self) -> dict[str, str]:
        """Return it as text for another process: ``Place.read`` undoes this."""
        return {"storage": self.storage, "study": self.study, "folder": str(self.folder)}

    @classmethod
    def read(cls, plain: Mapping[str, str]) -> Place:
        """Return the place that ``plain`` described."""
        return cls(plain["storage"], plain["study"], Path(plain["folder"]))
