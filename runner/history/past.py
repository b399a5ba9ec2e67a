"""A run by the names of what is known of it: what one can filter, sort and tabulate runs by."""

from __future__ import annotations

import calendar
import time
from functools import cached_property
from pathlib import Path
from typing import Any

from runner.chosen import noted
from runner.durable import read_json
from runner.folder import all_runs, is_sweep
from runner.history.choice import choices_of
from runner.history.curve import curves
from runner.notes import Notes, read
from runner.recorded import LAST, config, describe, flat, last_metrics, metrics_of

ALIASES = {"id": "run", "tag": "tags", "note": "notes", "changes": "overrides"}
"""Other words for a name."""

ALWAYS = (
    "run", "status", "objective", "value", "epochs", "steps", "seconds", "overrides", "folder",
    "begun", "sweep", "debug", "tags", "notes", "dataset", "model",
)  # fmt: skip
"""What every run has, be it empty."""


MAPPINGS = ("metrics", "seconds")
"""What a summary that a run has written holds as mappings."""


class Past:
    """A run that is over, or still going on. Files are read when something in them is asked for.

    Args:
        folder: Of the run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def described(self) -> dict[str, Any]:
        """What a line of ``runner runs`` says."""
        return describe(self.folder)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """How it ended; nothing of a run that has not."""
        found = readable(self.folder / "summary.json")
        return {name: value for name, value in found.items() if name not in MAPPINGS or isinstance(value, dict)}

    @cached_property
    def environment(self) -> dict[str, Any]:
        """What its result depended on besides the configuration."""
        return readable(self.folder / "environment.json")

    @cached_property
    def config(self) -> dict[str, Any]:
        """Its configuration; nothing if that cannot be read: one damaged run does not hide the others."""
        import yaml

        try:
            found = config(self.folder)
        except (OSError, ValueError, yaml.YAMLError):
            return {}
        return found if isinstance(found, dict) else {}

    @cached_property
    def written(self) -> Notes:
        """What people wrote about it."""
        return read(self.folder)

    @cached_property
    def metrics(self) -> dict[str, float]:
        """Its metrics: those of the weights in ``best.pt``, and what was only measured in the end, on the test part.

        Of a run that goes on, or was killed, those of its last epoch.
        """
        if self.summary.get("metrics") is None:
            courses = curves(self.folder)
            return {name: list(curve.values())[-1] for name, curve in courses.items() if "/" in name}
        return metrics_of(self.summary)

    @cached_property
    def last(self) -> dict[str, float]:
        """Those of its last epoch that are others, by the names ``final.valid/loss``."""
        last = last_metrics(self.summary)
        return {name: value for name, value in last.items() if self.metrics.get(name.removeprefix(LAST)) != value}

    @cached_property
    def begun(self) -> float:
        """When it began, in seconds since 1970: its id says so, or else its first file."""
        name = self.folder.name
        try:
            return float(calendar.timegm(time.strptime(name[:15], "%Y%m%d-%H%M%S")))
        except ValueError:
            path = self.folder / "overrides.yaml"
            return (path if path.exists() else self.folder / "config.yaml").stat().st_mtime

    @property
    def sweep(self) -> Path | None:
        """The folder of the sweep that it is a trial of."""
        above = self.folder.parents[1]
        return above if self.folder.parent.name == "trials" and is_sweep(above) else None

    @cached_property
    def choices(self) -> dict[str, str]:
        """Names of the choices of its groups, such as ``model: cnn``."""
        return choices_of(self.config, self.described["overrides"], noted(self.folder))

    @cached_property
    def debug(self) -> str | None:
        """The preset of ``debug`` that has made it no training like others; None of most runs."""
        typed = [
            word.partition("=")[2] for word in self.described["overrides"] if word.lstrip("+").startswith("debug=")
        ]
        found = typed[-1] if typed else noted(self.folder).get("debug")
        return None if found in ("null", "") else found

    @cached_property
    def near(self) -> dict[str, Any]:
        """What a list of runs is mostly asked for; the rest costs reading more files."""
        return {
            **self.described,
            "begun": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.begun)),
            "sweep": self.sweep.name if self.sweep else None,
            "debug": self.debug,
            "tags": list(self.written.tags),
            "notes": self.written.texts,
            "best_epoch": self.summary.get("best_epoch"),
            "reason": self.summary.get("reason"),
            **self.metrics,
        }

    @cached_property
    def everything(self) -> dict[str, Any]:
        """All that is known, by name; where two files have the same name, what the run has done counts.

        ``config.epochs`` is the key of the configuration where ``epochs`` is what was trained; ``final.valid/loss`` is
        of the last epoch where ``valid/loss`` is of the best one.
        """
        keys = flat(self.config)
        ended = {key: value for key, value in self.summary.items() if key != "metrics"}
        around = {key: value for key, value in self.environment.items() if key != "git"}
        return {
            **last_metrics(self.summary),
            **{f"config.{key}": value for key, value in keys.items()},
            **flat(around),
            **flat({"git": {k: v for k, v in (self.environment.get("git") or {}).items() if k != "patch"}}),
            **flat(ended),
            **keys,
            **self.choices,
            **self.near,
        }

    def get(self, name: str) -> Any:
        """Return what is known under a name, or None."""
        name = ALIASES.get(name, name)
        return self.near[name] if name in self.near else self.everything.get(name)


def readable(path: Path) -> dict[str, Any]:
    """Return a JSON object; an empty one if it cannot be read: one damaged run does not hide the others."""
    try:
        return read_json(path)
    except (OSError, ValueError):
        return {}


def every_run() -> list[Past]:
    """Return every run in ``outputs/``, trials of sweeps included, the oldest first."""
    return sorted(map(Past, all_runs()), key=lambda run: (run.begun, run.folder))
