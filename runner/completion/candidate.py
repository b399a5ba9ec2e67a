"""Candidates for a word, and those that files and folders are."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.folder import OUTPUTS
from runner.home import RECIPES
from runner.vocabulary.part import YAML, about

OPEN = ("=", ".", "/", ",", "[")
"""A candidate that ends so is only the beginning of a word: no space after it."""
DESCRIBED = 200
"""Runs that are looked into; more of them are named only."""


@dataclass(frozen=True)
class Candidate:
    """What a word may become."""

    word: str
    about: str = ""


def paths(typed: str, endings: tuple[str, ...] = (), folders: bool = True) -> Iterator[Candidate]:
    """Yield files, and folders on the way to more.

    Args:
        typed: As far as it is.
        endings: Of the files; none: any, unless only ``folders`` are asked for.
        folders: Also those.
    """
    base, slash, begun = typed.rpartition("/")
    place = Path(os.path.expanduser(base + slash)) if slash else Path()  # ~nobody stays what it is
    try:
        inside = sorted(place.iterdir())
    except OSError:
        return
    for path in inside:
        if not path.name.startswith(begun) or (path.name.startswith((".", "_")) and not begun):
            continue
        if path.is_dir():
            if folders:
                yield Candidate(f"{base}{slash}{path.name}/")
        elif not endings or path.suffix in endings:
            yield Candidate(f"{base}{slash}{path.name}", about(path) if endings == YAML else "")


def folders(typed: str) -> Iterator[Candidate]:
    """Yield folders."""
    return (one for one in paths(typed) if one.word.endswith("/"))


def recipes(typed: str) -> Iterator[Candidate]:
    """Yield recipes in this folder and those that come with the package, one folder at a time."""
    here = [one for one in paths(typed, YAML) if typed or not one.word.endswith("/") or one.word == "recipes/"]
    seen = {one.word for one in here}
    yield from here
    if not "recipes/".startswith(typed) and not typed.startswith("recipes/"):
        return
    if not typed.startswith("recipes/"):
        yield from () if "recipes/" in seen else [Candidate("recipes/", "complete experiments")]
        return
    base, slash, begun = typed.removeprefix("recipes/").rpartition("/")
    place = RECIPES / base
    for path in sorted(place.iterdir()) if place.is_dir() else ():
        word = f"recipes/{base}{slash}{path.name}{'/' if path.is_dir() else ''}"
        if path.name.startswith(begun) and word not in seen and (path.is_dir() or path.suffix in YAML):
            yield Candidate(word, "" if path.is_dir() else about(path))


def runs(typed: str, sweeps: bool = True, single: bool = True) -> Iterator[Candidate]:
    """Yield runs and sweeps by their ids, and the trials of the sweep that is typed.

    Args:
        typed: As far as it is.
        sweeps: Also sweeps.
        single: Also runs.
    """
    if not OUTPUTS.is_dir():
        return
    name, slash, _ = typed.partition("/")
    if slash and single and (OUTPUTS / name / "trials").is_dir():
        folders = sorted((OUTPUTS / name / "trials").glob("*/config.yaml"), key=lambda path: path.parent.name.zfill(9))
        yield from _described((f"{name}/trials/{path.parent.name}", path.parent) for path in folders)
        return
    if (OUTPUTS / "latest").exists():
        yield Candidate("latest", "the newest run")
    found = []
    for path in sorted(OUTPUTS.iterdir(), reverse=True):
        if not path.name.startswith((".", "latest")) and path.name.startswith(typed):
            is_sweep = (path / "sweep.yaml").is_file()
            if (sweeps and is_sweep) or (single and not is_sweep and (path / "config.yaml").is_file()):
                found.append((path.name, path))
    yield from _described(found)


def checkpoints(run: str) -> list[str]:
    """Return the names of the weights that a run has saved; none for a word that is no run."""
    if not run or run.startswith("-"):
        return []
    folder = next((one for one in (OUTPUTS / run, Path(run)) if (one / "checkpoints").is_dir()), None)
    return sorted(path.stem for path in (folder / "checkpoints").glob("*.pt")) if folder else []


def _described(found: Iterable[tuple[str, Path]]) -> Iterator[Candidate]:
    for index, (word, folder) in enumerate(found):
        yield Candidate(word, _outcome(folder) if index < DESCRIBED else "")


def _outcome(folder: Path) -> str:
    if (folder / "sweep.yaml").is_file():
        return "sweep"
    try:
        known = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        value = known.get("value")
        return f"{known['status']} {known['objective']} {value:.4f}" if value is not None else str(known["status"])
    except (OSError, ValueError, KeyError, TypeError):
        return "run"
