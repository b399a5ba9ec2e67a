"""What a run folder says about its run, in the words of a tracking store. Reads files, imports no store."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

from runner import notes
from runner.durable import read_json
from runner.folder import identity as folder_identity
from runner.recorded import config, flat
from runner.tracking.points import Points, plain

STATUS = {
    "finished": "FINISHED",
    "stopped": "FINISHED",
    "pruned": "FINISHED",
    "failed": "FAILED",
    "infeasible": "FAILED",
}


def identity(folder: Path) -> dict[str, str]:
    """Return the tags that no other run has: names repeat between machines that share a store, places do not."""
    return {"runner.id": folder_identity(folder), "runner.folder": str(folder), "runner.host": platform.node()}


def sweep_of(folder: Path) -> Path | None:
    """Return the folder of the sweep that a run is a trial of."""
    return folder.parents[1] if folder.parent.name == "trials" else None


def trial(folder: Path) -> dict[str, str]:
    """Return what tells the runs of a sweep apart: ``trials/3-seed1`` is trial 3 with another seed."""
    sweep = sweep_of(folder)
    if sweep is None:
        return {}
    number, _, seed = folder.name.partition("-seed")
    further = {"runner.trial_seed": seed} if seed else {}
    return {"runner.kind": "trial", "runner.sweep": sweep.name, "runner.trial": number, **further}


def tags(folder: Path) -> dict[str, str]:
    """Return what to tag a run with, apart from its outcome."""
    environment = read_json(folder / "environment.json")
    commit = (environment.get("git") or {}).get("commit")
    return {
        **identity(folder),
        **trial(folder),
        "mlflow.runName": folder_identity(folder),
        "mlflow.source.name": "runner",
        "mlflow.source.type": "LOCAL",
        **({"mlflow.source.git.commit": str(commit)} if commit else {}),
        **written(folder),
        **({"mlflow.user": str(environment["user"])} if "user" in environment else {}),
    }


def written(folder: Path) -> dict[str, str]:
    """Return what people wrote about a run or a sweep, if they did: its notes are MLflow's description."""
    if not (folder / notes.FILE).exists():
        return {}
    known = notes.read(folder)
    said = {"mlflow.note.content": "\n\n".join(known.texts)} if known.notes else {}
    return {**said, "runner.tags": " ".join(known.tags)}


def params(folder: Path) -> dict[str, str]:
    """Return the configuration as dotted names and texts."""
    return {plain(name): text(value) for name, value in flat(config(folder)).items()}


def text(value: Any) -> str:
    """Return a value as YAML would show it."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def dataset(folder: Path) -> dict[str, str] | None:
    """Return the fields of an MLflow dataset, or None if the run has not said what it learns from."""
    data = read_json(folder / "environment.json").get("data")
    if not data:
        return None
    counts = {part: data[part] for part in ("train", "valid", "test", "shape", "classes") if part in data}
    return {
        "name": str(data["name"])[:500],
        "digest": str(data.get("fingerprint"))[:16],
        "source_type": "code",  # the one type that MLflow resolves and that needs no place of its own
        "source": json.dumps({"tags": {"source": str(data.get("source"))}})[:60_000],
        "profile": json.dumps(counts)[:1_000_000],
    }


def status(folder: Path, end: str = "killed") -> str:
    """Return the terminal status of a run that has ended; ``end`` is what became of one that does not say so."""
    return STATUS.get(str(read_json(folder / "summary.json").get("status", end)), "KILLED")


def seen(folder: Path) -> list[int]:
    """Return what changes when a run is resumed, or ends in another way: when environment and summary were written."""
    paths = (folder / "environment.json", folder / "summary.json")
    return [path.stat().st_mtime_ns if path.exists() else 0 for path in paths]


def times(folder: Path) -> tuple[int, int]:
    """Return when the run began and when it last said something, in milliseconds."""
    seen = [p.time for p in Points(folder / "metrics.jsonl").new()]
    files = [folder / name for name in ("config.yaml", "environment.json", "summary.json")]
    seen += [path.stat().st_mtime for path in files if path.exists()]
    return int(min(seen) * 1000), int(max(seen) * 1000)
