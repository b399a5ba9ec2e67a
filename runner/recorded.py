"""What a run wrote down about its configuration and about how it went, as plain values."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from runner.durable import read_json, write_json
from runner.folder import OUTPUTS, identity, is_live
from runner.redact import redacted
from runner.trust.document import read_yaml


def config(folder: Path) -> dict[str, Any]:
    """Return a run's recorded configuration, to be looked at: nothing may be built of it, see ``configuration``.

    Raises:
        ValueError: It is none.
    """
    loaded, _ = read_yaml(folder / "config.yaml")
    if not isinstance(loaded, dict):
        raise ValueError(f"{folder / 'config.yaml'} is no configuration")
    return loaded


FUTURE = ("epochs", "callback", "hardware", "dataset.workers")
"""What may change between two processes of one run: how long and on what, not what was computed so far."""


def may_change(key: str) -> bool:
    """Tell whether a dotted key is one of ``FUTURE``, or lies in one."""
    return any(key == name or key.startswith(f"{name}.") for name in FUTURE)


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return the keys in which the pasts of two configurations differ."""
    first, second = flat(one), flat(other)
    keys = [key for key in {**first, **second} if not may_change(key)]
    return [key for key in keys if first.get(key) != second.get(key)]


def config_hash(written: dict[str, Any]) -> str:
    """Return the sha256 of a configuration's content, independent of the order of its keys."""
    return hashlib.sha256(json.dumps(written, sort_keys=True, default=str).encode()).hexdigest()


def overrides(folder: Path) -> list[str]:
    """Return what was typed for a run; a run that was killed early may not have noted it."""
    path = folder / "overrides.yaml"
    said = read_yaml(path)[0] if path.exists() else []
    return list(map(str, said)) if isinstance(said, list) else []


def describe(path: Path) -> dict[str, Any]:
    """Return what is known of a run; one without a summary is running, or was killed."""
    live = is_live(path)
    root = OUTPUTS.resolve()
    try:
        summary, words = reached(path) | read_json(path / "summary.json"), overrides(path)
    except ValueError as error:  # one that is damaged, or from elsewhere, is no reason not to tell of the others
        summary, words = {"status": "damaged"}, [str(error)]
    seconds = summary.get("seconds")
    return {
        "run": str(path.relative_to(root)) if path.is_relative_to(root) else str(path),
        "status": "running" if live else str(summary.get("status", "interrupted")),
        "objective": summary.get("objective"),
        "value": _number(summary.get("value")),
        "epochs": _number(summary.get("epochs")) or 0,
        "steps": _number(summary.get("steps")) or 0,
        "seconds": _number(seconds.get("total")) if isinstance(seconds, dict) else None,
        "overrides": words,
        "folder": str(path),
    }


def _number(value: object) -> float | None:
    """Return a value if it is a number."""
    return value if isinstance(value, int | float) else None


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a run's ``metrics.jsonl``, the oldest first. What is no row, as half of one, is left out."""
    return list(_rows_of(_lines(path)))


def _lines(path: Path) -> list[str]:
    try:
        return (path / "metrics.jsonl").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _rows_of(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError):
            if isinstance(row := json.loads(line), dict):
                yield row


def reached(path: Path) -> dict[str, Any]:
    """Return how far a run has come, from the last row of its record: one that was killed has no summary."""
    row = next(_rows_of(reversed(_lines(path))), {})  # the others need not be read
    return {"epochs": row.get("epoch", 0), "steps": row.get("step", 0)} if row else {}


LAST = "final."
"""How names of metrics of the last epoch begin."""


def metrics_of(summary: Mapping[str, Any]) -> dict[str, float]:
    """Return what a run measured of its best weights, by name: of the best epoch, and in the end on the test part."""
    both = summary.get("metrics")
    parts = [both.get(part) for part in ("final", "best")] if isinstance(both, Mapping) else []
    return {name: value for part in parts if isinstance(part, Mapping) for name, value in part.items()}


def last_metrics(summary: Mapping[str, Any]) -> dict[str, float]:
    """Return what a run measured after its last epoch, by names that say so: ``final.valid/loss``."""
    both = summary.get("metrics")
    final = both.get("final") if isinstance(both, Mapping) else None
    items = final.items() if isinstance(final, Mapping) else ()
    return {f"{LAST}{name}": value for name, value in items if not name.startswith("test/")}


def named_metrics(summary: Mapping[str, Any]) -> dict[str, float]:
    """Return all metrics of a run by the names that they have wherever one asks for them: ``runner runs``, gates ..."""
    return {**metrics_of(summary), **last_metrics(summary)}


def note_end(path: Path, status: str, reason: str, **more: Any) -> dict[str, Any]:
    """Write into a run's summary how it ended, for it could not, or did not know; return the summary.

    Args:
        path: The run's folder.
        status: How it ended.
        reason: Why.
        more: What else is known of it.
    """
    known = reached(path) | read_json(path / "summary.json")
    summary = {"id": identity(path), **known, "status": status, "reason": redacted(reason), **more}
    write_json(path / "summary.json", summary)
    return summary


def in_yaml(value: Any) -> str:
    """Return plain values as a text that YAML and OmegaConf read as the same: for OmegaConf 1e3 is a number, too."""
    import yaml

    class Dumper(getattr(yaml, "CDumper", yaml.Dumper)):  # type: ignore[misc]
        pass

    def write(dumper: Any, text: str) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if _is_number(text) else None)

    Dumper.add_representer(str, write)
    return str(yaml.dump(value, Dumper=Dumper, default_flow_style=False, allow_unicode=True, sort_keys=False))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def flat(node: Any, path: str = "") -> dict[str, Any]:
    """Return a nested mapping as one of dotted keys; lists and empty mappings stay whole."""
    if not isinstance(node, dict) or not node:
        return {path: node} if path else {}
    return {k: v for key, value in node.items() for k, v in flat(value, f"{path}.{key}" if path else str(key)).items()}
