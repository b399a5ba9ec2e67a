"""A disk whose power may fail: what it could hold after each file operation of a piece of code, as folders to look at.

While a ``Recorder`` is entered, what Python opens, renames, removes, makes, cuts and syncs in a folder is noted, with
the contents of all its files just before. From that the states follow that a file system may come back with:

- killed: everything that was written, as after a kill -9;
- lost: names and contents as of the last ``fsync`` of folder and file; what was never synced is empty or not there;
- renamed: names as of any operation since, contents as of the last ``fsync``, for a name may reach the disk first;
- torn and cut: the same names, with half of what was written since, and with nothing of what was written over.

Nothing says that a rename is on the disk before the folder's ``fsync``, nor that it is not.
"""

import contextlib
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink"}
_ACTIVE = []


def _hook(event, arguments):
    if _ACTIVE and event in EVENTS and any(str(_ACTIVE[-1].root) in str(argument) for argument in arguments):
        _ACTIVE[-1].look(f"{event} {arguments[:2]}")


@dataclass
class Moment:
    """What there was before an operation: names of each folder, and contents of each file."""

    operation: str
    names: dict[Path, dict[str, int]]  # folder -> name -> file
    written: dict[int, bytes]
    synced_names: dict[Path, list[dict[str, int]]]  # as of the last sync, and after each operation since
    synced: dict[int, bytes]


@dataclass
class Recorder:
    """Notes what happens in a folder, which is all on the disk to begin with."""

    root: Path
    moments: list[Moment] = field(default_factory=list)

    def __enter__(self):
        self.open, self.busy = {}, False  # files stay open: their numbers are not given to others meanwhile
        names, written = self.scan()
        self.synced, self.since = dict(written), {folder: [listed] for folder, listed in names.items()}
        self.fsync = os.fsync
        os.fsync = self.sync
        if not any(active is not None for active in _ACTIVE):
            _installed()
        _ACTIVE.append(self)
        return self

    def __exit__(self, *exception):
        self.look("the end")
        _ACTIVE.remove(self)
        os.fsync = self.fsync
        for descriptor in self.open.values():
            os.close(descriptor)

    def scan(self):
        names, written = {}, {}
        for folder, _, files in os.walk(self.root):
            names[Path(folder)] = {}
            for name in files:
                path = Path(folder, name)
                with contextlib.suppress(FileNotFoundError):
                    status = path.lstat()
                    if not path.is_symlink():
                        number = status.st_ino
                        if number not in self.open:
                            self.open[number] = os.open(path, os.O_RDONLY)
                        names[Path(folder)][name] = number
        for number, descriptor in self.open.items():
            written[number] = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        return names, written

    def look(self, operation):
        """Note what there is before an operation; to look is none."""
        if self.busy:
            return
        self.busy = True
        try:
            names, written = self.scan()
            for folder, listed in names.items():
                seen = self.since.setdefault(folder, [{}])
                if seen[-1] != listed:
                    seen.append(listed)
            synced_names = {folder: list(listed) for folder, listed in self.since.items()}
            self.moments.append(Moment(operation, names, written, synced_names, dict(self.synced)))
        finally:
            self.busy = False

    def sync(self, descriptor):
        """Stand for ``os.fsync``: what the file or folder is now will be there."""
        self.look(f"fsync {descriptor}")
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        names, written = self.scan_quietly()
        number = os.fstat(descriptor).st_ino
        if path.is_dir():
            if path in names:
                self.since[path] = [names[path]]
        elif number in written:
            self.synced[number] = written[number]

    def scan_quietly(self):
        self.busy = True
        try:
            return self.scan()
        finally:
            self.busy = False

    def states(self, scratch):
        """Yield each moment's index, what it is, and a folder in each of its states: the same for the same state."""
        made = {}
        for index, moment in enumerate(self.moments):
            for kind, contents in self.possible(moment):
                key = frozenset((str(path), content) for path, content in contents.items())
                if key not in made:
                    made[key] = scratch / str(len(made))
                    made[key].mkdir(parents=True)
                    for path, content in contents.items():
                        target = made[key] / path
                        target.parent.mkdir(parents=True, exist_ok=True)
                        target.write_bytes(content)
                yield index, f"{kind} before {index}: {moment.operation}", made[key]

    def possible(self, moment):
        def made(folders, content):
            return {
                Path(folder, name).relative_to(self.root): content(number)
                for folder, listed in folders.items()
                for name, number in listed.items()
            }

        def kept(number):
            return moment.synced.get(number, b"")

        def extended(number):
            return moment.written[number].startswith(kept(number))

        def torn(number):
            before, now = kept(number), moment.written[number]
            if extended(number):
                return before + now[len(before) : (len(before) + len(now)) // 2]
            return now[: len(now) // 2]

        yield "killed", made(moment.names, moment.written.__getitem__)
        longest = max(len(listed) for listed in moment.synced_names.values())
        for index in range(longest):  # folders advance together, from all lost to none
            names = {folder: listed[min(index, len(listed) - 1)] for folder, listed in moment.synced_names.items()}
            yield "lost" if index == 0 else "renamed", made(names, kept)
            yield "torn", made(names, torn)
            yield "cut", made(names, lambda number: kept(number) if extended(number) else b"")


_done = []


def _installed():
    if not _done:
        _done.append(sys.addaudithook(_hook))  # for good: asleep while nobody records
