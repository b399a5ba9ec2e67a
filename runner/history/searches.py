"""What is different between two searches: their spaces, what chose, and what they found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runner.history.difference import Changes, changes
from runner.recorded import flat

PARTS = ("space", "search", "found")


def between(first: Path, second: Path) -> dict[str, Changes]:
    """Return what is different between two searches, part by part.

    ``space``: what was searched, key by key; ``search``: by whom, in which trainings; ``found``: how many trials there
    are, and the best one.

    Raises:
        ValueError: One of them cannot be read.
    """
    facts = [said(folder) for folder in (first, second)]
    return {part: changes(*(fact[part] for fact in facts)) for part in PARTS}


def said(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what a search's folder, and its study, say about it."""
    from runner.sweep.record import description, plain, read_folder

    written = description(folder)
    found = read_folder(folder)
    identity = {**(written.get("identity") or {}), **found.identity}
    space = {str(key): value for key, value in (identity.pop("space", None) or {}).items()}
    values = plain(found)
    best = values["best"] or {}
    return {
        "space": space,
        "search": {
            "objectives": values["objectives"],
            "directions": values["directions"],
            **flat({key: value for key, value in written.items() if key in ("sweep", "seed", "epochs")}),
            **flat(identity),
        },
        "found": {
            **{f"trials {kind}": count for kind, count in values["trials"].items()},
            "best": best.get("mean"),
            "sd": best.get("sd"),
            **{f"best {key}": value for key, value in best.get("parameters", {}).items()},
        },
    }
