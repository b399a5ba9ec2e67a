"""The end of a search, or of this command's part of it: what there is to say, and the exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from runner.durable import read_json
from runner.expect import missed
from runner.recorded import named_metrics
from runner.sweep.crew import LOG

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from runner.sweep.begin import Begun
    from runner.sweep.results import Results
    from runner.sweep.row import Row
    from runner.sweep.stop import Stop


def conclude(begun: Begun, results: Results, stop: Stop) -> int:
    """Say what ended the search before its time and what is wrong with what came out, and return the exit code."""
    folder = begun.place.folder
    print(why(stop, folder, *to_go(begun, results), str(begun.asked.settings.budget)), end="", file=sys.stderr)
    for sentence in results.second.failed:
        print(sentence, file=sys.stderr)
    if stop.signum:
        return 128 + stop.signum
    if stop.broken or stop.lost or stop.failed or failed(begun) or results.second.failed:
        return 1
    best = results.best()
    if best is None:
        if not stop.late:
            print("no trial came to its end: see results.csv", file=sys.stderr)
        return 0 if stop.late else 1
    sentences = unmet(begun.asked.cfg, folder, best, results.objectives)
    for sentence in sentences:
        print(f"the best trial, #{best.number}: {sentence}", file=sys.stderr)
    return 3 if sentences else 0


def to_go(begun: Begun, results: Results) -> tuple[int, str]:
    """Return how many trials are left, and of which stage, in words; those of ``sweep.confirm`` come last."""
    left = max(0, begun.wanted - len(results.rows)) + sum(not row.is_over for row in results.rows)
    wanted = begun.asked.settings.confirm
    if not wanted:
        return left, ""
    if left:
        return left, ", then sweep.confirm"
    again = results.second.left
    if again is None:
        again = min(wanted["top"], sum(row.counts for row in results.rows)) * wanted["seeds"]
    return again, " of sweep.confirm"


def why(stop: Stop, folder: Path, left: int, stage: str, budget: str) -> str:
    """Return the lines that say what ended a search before its time, and how to go on; none if nothing did."""
    go_on = f"{left} to go{stage}: runner resume {folder.name}\n" if left else ""
    if stop.broken:
        log = os.path.relpath(folder / LOG)
        return f"error: workers end before they get to a trial (see {log}); {stop.broken}\n{go_on}"
    if stop.lost:
        return f"error: {stop.lost}\n{go_on}"
    if stop.signum:
        return f"stopped by {signal.Signals(stop.signum).name}. {go_on or 'Nothing was left to do.'}".rstrip() + "\n"
    if stop.failed:
        return f"stopped at the first failure (sweep.fail_fast). {go_on}".rstrip() + "\n"
    if stop.late and left:
        return f"sweep.budget={budget} is used up. {go_on}"
    return ""


def failed(begun: Begun) -> list[int]:
    """Return the trials that failed and were not tried again as others (``sweep.retry_failed``)."""
    trials = begun.queue.study.get_trials(deepcopy=False)
    again = {trial.user_attrs.get("retry_of") for trial in trials}
    return [trial.number for trial in trials if trial.state.name == "FAIL" and trial.number not in again]


def unmet(cfg: DictConfig, folder: Path, best: Row, objectives: tuple[str, ...]) -> list[str]:
    """Return a sentence for each of the configuration's expectations that the best trial misses.

    It is held against the mean over the trial's runs. Of a trial that another machine did, only the objectives are
    known here.
    """
    expect: Mapping[str, str] = {} if cfg.get("debug") else cfg.get("expect") or {}
    first = folder / best.run
    measured = [
        named_metrics(summary)
        for path in (first, *first.parent.glob(f"{first.name}-seed*"))
        if (summary := read_json(path / "summary.json")).get("status") in ("finished", "stopped")
    ]
    if measured:
        known = {name: fmean(run[name] for run in measured) for name in expect if all(name in run for run in measured)}
        return missed(expect, known)
    known = dict(zip(objectives, best.values, strict=True))
    return missed({name: text for name, text in expect.items() if name in known}, known)
