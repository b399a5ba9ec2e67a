"""What a resumed run was before: of a run that several processes made, each may have had other code and another end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from runner.durable import read_json, write_json
from runner.recorded import config, flat

FILE = "resumed.json"
KEPT = ("git", "code", "files", "packages", "python", "threads", "device", "processes")


def note(folder: Path, written: dict[str, Any]) -> None:
    """Keep what the processes before this one ran on, and what is different now; nothing if there is no checkpoint.

    Args:
        folder: Of the run; its files are still those of the process before.
        written: The configuration that this process goes on with.
    """
    if not (folder / "checkpoints" / "last.pt").exists():
        return
    before = read_json(folder / "environment.json")
    environment = {key: before[key] for key in KEPT if key in before}
    if isinstance(environment.get("git"), dict):
        environment["git"] = {"commit": environment["git"].get("commit")}
    said = config(folder) if (folder / "config.yaml").is_file() else written  # weights that somebody has put there
    write_json(folder / FILE, [*earlier(folder), {"changed": changed(said, written), **environment}])


def earlier(folder: Path) -> list[dict[str, Any]]:
    """Return what earlier processes ran on, oldest first; each has ``changed``: what was then changed of the words."""
    try:
        found: list[dict[str, Any]] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return found


def changed(before: dict[str, Any], now: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the values that differ, each as it was and as it is, but for those of callbacks."""
    first, second = flat(before), flat(now)
    keys = [key for key in {**first, **second} if key.partition(".")[0] != "callback"]
    return {key: [first.get(key), second.get(key)] for key in keys if first.get(key) != second.get(key)}
