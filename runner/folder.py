"""A run's folder: its name, and its lock.

Everything here is plain files and the standard library, so that a record can be read without this package.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from runner.flock import keep_from_children

OUTPUTS = Path("outputs")
"""Where runs go, relative to the working directory."""


class Busy(ValueError):
    """Another process holds the folder."""


def reserve(root: Path) -> Path:
    """Create and return a folder for a new run, ``<UTC second>-<6 hex>``, that nothing else has.

    ``mkdir`` is the arbiter: of two runs in the same instant one gets the name and the other draws again.
    """
    root.mkdir(parents=True, exist_ok=True)
    while True:
        path = root / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            return path


def root_of(path: Path) -> Path:
    """Return the outputs folder that a run lies in: above the run, or above the sweep that it is a trial of."""
    return path.parents[2] if path.parent.name == "trials" else path.parent


def identity(path: Path) -> str:
    """Return the id of a run, which ``find`` understands: its name, with its sweep's in front if it is a trial."""
    return str(path.relative_to(root_of(path)))


def point_latest(path: Path) -> None:
    """Let ``latest`` in the outputs folder lead to the run."""
    root = root_of(path)
    temporary = root / f".latest.tmp-{os.getpid()}"
    with contextlib.suppress(OSError):  # a file system without links loses a convenience, not a run
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(identity(path))
        temporary.replace(root / "latest")


def run_of(path: Path) -> Path | None:
    """Return the run whose recorded configuration a file is; None if it is anything else, such as a recipe."""
    return path.parent.resolve() if path.name == "config.yaml" and (path.parent / "overrides.yaml").is_file() else None


def find(reference: str, root: Path = OUTPUTS) -> Path:
    """Return the folder of a run named by a path, an id, the unique beginning of an id, or ``latest``.

    Raises:
        ValueError: Nothing, or more than one run, has that name.
    """
    try:
        return _find(reference, root, ("config.yaml",), "run", "runs")
    except ValueError:
        for path in (Path(reference), root / reference):
            if reference and is_sweep(path):
                trials = f"{path.name}/trials/0"
                raise ValueError(f"{reference} is a sweep: its runs are {trials} and so on, see results.csv") from None
        raise


def find_sweep(reference: str, root: Path = OUTPUTS) -> Path:
    """Return the folder of a sweep named like a run: by a path, its name, the beginning of it, or ``latest``.

    Raises:
        ValueError: Nothing, or more than one sweep, has that name.
    """
    if reference == "latest" and (sweeps := all_sweeps(root)):
        return sweeps[-1]
    return _find(reference, root, ("sweep.yaml",), "sweep", "sweeps")


def find_any(reference: str, root: Path = OUTPUTS) -> Path:
    """Return the folder of a run or of a sweep that has that name; ``is_sweep`` tells which it is.

    Raises:
        ValueError: Nothing, or more than one of them, has that name.
    """
    return _find(reference, root, ("config.yaml", "sweep.yaml"), "run or sweep", "runs, runner sweeps")


def _find(reference: str, root: Path, marks: tuple[str, ...], kind: str, verbs: str) -> Path:
    """Return the one folder of that name that holds one of the files ``marks``."""

    def marked(path: Path) -> bool:
        return any((path / mark).is_file() for mark in marks)

    places = [Path(reference), root / reference]
    if all(path.is_symlink() for path in places):  # a run elsewhere (hydra.run.dir) has a ``latest`` beside it
        places.sort(key=lambda path: path.lstat().st_mtime_ns, reverse=True)
    for path in places:
        if reference and marked(path):
            return path.resolve()
    matches = sorted(path for path in root.glob(f"{reference}*") if marked(path)) if reference else []
    if len(matches) == 1:
        return matches[0].resolve()
    if matches:
        raise ValueError(f"{reference!r} begins {len(matches)} {kind}s: {', '.join(p.name for p in matches)}")
    raise ValueError(f"no {kind} {reference!r}: neither its folder nor an id in {root}/ (see: runner {verbs})")


def is_sweep(path: Path) -> bool:
    """Tell whether a folder is a sweep's."""
    return (path / "sweep.yaml").is_file()


def all_sweeps(root: Path = OUTPUTS) -> list[Path]:
    """Return every sweep's folder under ``root``, the one that was begun or changed last at the end."""
    found = {path.parent.resolve(): path.stat().st_mtime_ns for path in root.glob("*/sweep.yaml")}
    return sorted(found, key=lambda path: (found[path], path))


def all_runs(root: Path = OUTPUTS) -> list[Path]:
    """Return every run folder under ``root``, trials of sweeps included, oldest first."""
    found = [p.parent for p in root.glob("*/config.yaml")] + [p.parent for p in root.glob("*/trials/*/config.yaml")]
    return sorted({p.resolve() for p in found})


@contextlib.contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a run's folder; the kernel lets go when the process dies, however it dies.

    Raises:
        Busy: Another process holds it; the message names it.
    """
    with open(path / ".lock", "a+", encoding="utf-8") as file:
        keep_from_children(file)  # a killed run is over at once, not when its loader workers have noticed
        for attempt in range(5):  # an onlooker (``is_live``) may hold it for an instant
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if attempt == 4:
                    file.seek(0)
                    holder = file.read().strip() or "?"
                    raise Busy(f"{path} is in use by process {holder}") from None
                time.sleep(0.02)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def is_live(path: Path) -> bool:
    """Tell whether a process is working in the folder."""
    try:
        with open(path / ".lock", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
