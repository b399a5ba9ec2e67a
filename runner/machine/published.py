"""Which published datasets are on this machine already: looked for where they would be read, nothing is read."""

from __future__ import annotations

import importlib
from pathlib import Path

from runner.dataset.download import cache
from runner.dataset.locate import Home


def published(target: str) -> Home | None:
    """Return where a published dataset lies: what its module says; of several, the one with the function's name."""
    module, _, function = target.rpartition(".")
    homes = [value for value in vars(importlib.import_module(module)).values() if isinstance(value, Home)]

    def bare(text: str) -> str:
        return "".join(filter(str.isalnum, text.lower()))

    return next((home for home in homes if len(homes) == 1 or bare(home.title) == bare(function)), None)


def folder_of(home: Home) -> Path | None:
    """Return the folder that holds everything of a dataset, each file published or unpacked; None if there is none."""
    for place in [*([home.package] if home.package else []), cache()]:
        for inside in (place, place / home.inner):
            if inside.is_dir() and all(holds(inside, name) for name in home.digests):
                return inside
    return None


def holds(folder: Path, name: str) -> bool:
    """Tell whether a published file is there, or what was in it; an archive's folder begins with the same words."""
    if (folder / name).exists() or (folder / name.removesuffix(".gz")).exists():
        return True
    stem = name.removesuffix(".tar.gz")
    return stem != name and any(path.is_dir() for path in folder.glob(f"{stem.rpartition('-')[0]}-*"))
