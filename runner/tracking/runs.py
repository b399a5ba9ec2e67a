"""The runs of a sweep's trials: each is sent as it grows, closed when it has ended, and then left alone."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from runner.durable import read_json
from runner.folder import identity, is_live
from runner.secret import mask_url
from runner.tracking import describe, store
from runner.tracking.outcome import Outcomes
from runner.tracking.plan import Plan
from runner.tracking.replay import Replay

log = logging.getLogger(__name__)
PATIENCE = 10.0
"""Seconds after which a trial that nobody works on, and that has not ended, counts as killed: until then another
worker may take it."""
SETTLED = 1.0
"""Seconds after which nothing is added to the summary of a trial that goes on no more."""


class Runs:
    """Which runs there are, and what the store has of them.

    Of a run that has ended only the times of two files are looked at: the store is not asked again.

    Args:
        folder: The sweep's folder.
        connection: To the store.
    """

    def __init__(self, folder: Path, connection: store.Connection) -> None:
        self.folder, self.connection = folder, connection
        self.outcomes = Outcomes(folder)
        self.open: dict[str, Replay] = {}
        self.done: dict[str, list[int]] = {}  # what their folders were like
        self.dead: dict[str, float] = {}  # since when

    def forget(self) -> None:
        """Ask the store again next time what it has."""
        self.open.clear()

    def live(self) -> bool:
        """Tell whether somebody works on one of them."""
        return any(is_live(replay.folder) for replay in self.open.values())

    def look(self, folder: Path, plan: Plan, last: bool, anew: bool) -> int:
        """Send what is new of one run, and return how many points that were; one that cannot be read costs only itself.

        Args:
            folder: The run's.
            plan: Of the sweep.
            last: Close the run if nobody works on it; else another worker may take it.
            anew: What an earlier process has sent is not there, or belongs to another parent.
        """
        name, seen = folder.name, describe.seen(folder)
        if name not in self.done and not anew and self.sent_before(folder, seen):
            self.close(folder, seen, plan)
        if self.done.get(name) == seen:
            return 0
        live, over = is_live(folder), bool(seen[1])
        self.outcomes.forget(folder)
        if live or over:
            self.dead.pop(name, None)
        elif not last and time.monotonic() - self.dead.setdefault(name, time.monotonic()) < PATIENCE:
            return 0
        replay = self.open.get(name) or self.replay(folder)
        begun = (folder / "config.yaml").exists() and (over or replay.ready() or (folder / "tracking.json").exists())
        if not begun or (over and not last and time.time() - seen[1] / 1e9 < SETTLED):
            return 0
        self.open[name] = replay
        try:
            sent = replay.push()
            if over or not live:
                replay.finish(end=self.fate(folder, plan))
                self.close(folder, replay.seen, plan)
        except (ValueError, KeyError, TypeError) as error:
            log.warning("%s is not sent: %s: %s", identity(folder), type(error).__name__, error)
            self.done[name] = seen
            del self.open[name]
            return 0
        return sent

    def replay(self, folder: Path, weights: bool = False, log_model: bool = False) -> Replay:
        """Return what sends one run; the weights, and the model, are sent of the best one alone."""
        made = self.connection
        return Replay(folder, made.uri, made.experiment, log_model, weights, connection=made)

    def sent_before(self, folder: Path, seen: list[int]) -> bool:
        """Tell whether an earlier process has sent all of a run."""
        noted = read_json(folder / "tracking.json")
        here = noted.get("uri") == mask_url(self.connection.uri) and noted.get("seen") == seen
        return bool(here and noted.get("complete") and noted.get("closed"))

    def close(self, folder: Path, seen: list[int], plan: Plan) -> None:
        """Keep in mind that a run has been sent, and what its folder was like."""
        self.open.pop(folder.name, None)
        self.dead.pop(folder.name, None)
        self.done[folder.name] = seen
        self.outcomes.note(folder, plan.objectives[0])

    def fate(self, folder: Path, plan: Plan) -> str:
        """Return what became of a run that does not say so itself: it may have taken too long, or too much memory."""
        number = int(folder.name.partition("-")[0])
        rows = {trial.number: trial.state for trial in Outcomes(self.folder).trials(plan)}
        return state if (state := rows.get(number, "")) in ("failed", "infeasible") else "killed"
