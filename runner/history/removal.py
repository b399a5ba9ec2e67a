"""Removing runs: never one that trains, and never a part of one. What refers to it elsewhere is said beforehand."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.durable import read_json
from runner.folder import Busy, all_runs, identity, is_live, is_sweep, lock, point_latest, root_of
from runner.tracking.claim import claimed, owner

GONE = ".{name}.removed-{process}"
"""A folder that is being removed: it has lost its name at once, and its files one after the other."""


@dataclass(frozen=True)
class Doomed:
    """What is to be removed.

    Attributes:
        folder: Of a run or of a sweep.
        kind: ``run``, ``sweep`` or ``trial``.
        runs: Folders of runs in it: itself, or a sweep's trials.
        size: Bytes in all of its files.
        warnings: What will then be missing elsewhere, in sentences.
    """

    folder: Path
    kind: str
    runs: tuple[Path, ...]
    size: int
    warnings: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its id."""
        return identity(self.folder)

    def tracked(self) -> list[Path]:
        """Return its folders that have an entry in a tracking store, a sweep's own last."""
        return [path for path in dict.fromkeys([*self.runs, self.folder]) if read_json(path / "tracking.json")]


def consider(folder: Path, from_sweep: bool = False) -> Doomed:
    """Return what removing a folder would mean.

    Args:
        folder: Of a run, of a sweep, or of a trial.
        from_sweep: Whether a trial may be taken out of its sweep.

    Raises:
        ValueError: It must not be removed: somebody works on it, or its sweep has not been asked.
    """
    check_folder(folder)
    sweep = owner(folder)
    kind = "sweep" if is_sweep(folder) else "run" if sweep == folder else "trial"
    runs = tuple(path for path in all_runs(root_of(sweep)) if path.is_relative_to(folder))
    for path in [*runs, folder, sweep]:
        if is_live(path):
            raise ValueError(f"{identity(path)} is running (process {holder(path)}): stop it before it is removed")
    if kind == "trial" and not from_sweep:
        raise ValueError(
            f"{identity(folder)} is a trial of {sweep.name}, whose study and results.csv would go on naming it: "
            f"remove the whole sweep (runner rm {sweep.name}), or say --from-sweep"
        )
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return Doomed(folder, kind, runs, size, tuple(warnings(folder, kind, sweep)))


def check_folder(folder: Path) -> None:
    """Raise ``ValueError`` for a folder that may hold more than a run: others, too, have a ``config.yaml``."""
    if not is_sweep(folder) and not (folder / "overrides.yaml").is_file():
        raise ValueError(f"{folder} has a config.yaml, but no overrides.yaml as runs have: it is not removed")
    if Path.cwd().is_relative_to(folder) or (folder / ".git").exists() or (folder / "outputs").exists():
        raise ValueError(f"{folder} is more than a run: this is where you work; it is not removed")


def holder(folder: Path) -> str:
    """Return the process that works in a folder."""
    with contextlib.suppress(OSError):
        return (folder / ".lock").read_text(encoding="utf-8").strip() or "?"
    return "?"


def warnings(folder: Path, kind: str, sweep: Path) -> Iterator[str]:
    """Yield what will be missing elsewhere."""
    if kind == "trial":
        yield f"the study of {sweep.name} keeps its value: it is not trained again"
        best = sweep / "best.yaml"
        if best.exists() and identity(folder) in best.read_text(encoding="utf-8", errors="replace"):
            yield f"it is the best of {sweep.name}: best.yaml still trains it, but its weights are gone"
    if kind == "sweep" and (storage := _storage(folder)):
        yield f"its study stays in {storage}"
    users = [
        identity(other)
        for other in all_runs(root_of(sweep))
        if not other.is_relative_to(folder) and _mentions(other / "config.yaml", folder)
    ]
    if users:
        some = " ".join(users[:3]) + (f" and {len(users) - 3} more" if len(users) > 3 else "")
        yield f"its files are named in the configuration of {some}"


def _storage(sweep: Path) -> str | None:
    from runner.secret import mask_url
    from runner.sweep.record import description

    try:
        said = description(sweep).get("identity")
    except ValueError:
        return None
    storage = said.get("storage") if isinstance(said, dict) else None
    return mask_url(str(storage)) if storage else None


def _mentions(path: Path, folder: Path) -> bool:
    """Tell whether a configuration leads into a folder."""
    with contextlib.suppress(OSError):
        return f"{identity(folder)}/" in path.read_text(encoding="utf-8", errors="replace")
    return False


def remove(doomed: Doomed, before: Callable[[], object] = lambda: None) -> None:
    """Remove a run or a sweep: it is there until it is gone, even if this process is killed on the way.

    Args:
        doomed: What to remove.
        before: Called when nobody else can work on it any more; if it raises, nothing is removed.

    Raises:
        Busy: Somebody works on it, or sends it to a tracking store.
    """
    folder, root = doomed.folder, root_of(owner(doomed.folder))
    with lock(folder), claimed(folder, wait=False) as ours:
        if not ours:
            raise Busy(f"{doomed.name} is being sent to its tracking store: try again in a moment")
        for path in doomed.runs:
            if path != folder and is_live(path):
                raise Busy(f"{identity(path)} is in use by process {holder(path)}")
        before()
        gone = folder.with_name(GONE.format(name=folder.name, process=os.getpid()))
        os.replace(folder, gone)
        for mark in [*gone.rglob("config.yaml"), *gone.glob("sweep.yaml")]:  # so that no list shows it
            mark.unlink()
    shutil.rmtree(gone)
    repoint(root)


def leftovers(root: Path) -> list[Path]:
    """Return folders whose removal was cut off."""
    pattern = GONE.format(name="*", process="*")
    return [path for pattern in (pattern, f"*/trials/{pattern}") for path in root.glob(pattern)]


def repoint(root: Path) -> None:
    """Let ``latest`` lead to the newest run that is left, if what it led to is gone."""
    link = root / "latest"
    if not link.is_symlink() or link.exists():
        return
    link.unlink()
    if left := [run for run in all_runs(root) if owner(run) == run] or all_runs(root):
        point_latest(max(left, key=lambda run: ((run / "config.yaml").stat().st_mtime, run)))
