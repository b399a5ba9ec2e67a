"""How a training or a search ended, as a script wants it: one line (``--quiet``), or one JSON document (``--json``)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from runner.company import speaks
from runner.durable import read_json
from runner.folder import identity
from runner.stream import answer, document


class Asked(Protocol):
    """A command, or a verb's arguments: whether ``--quiet`` was given, and ``--json``."""

    @property
    def quiet(self) -> bool: ...
    @property
    def json(self) -> bool: ...


def told(work: Callable[[], int], tell: Callable[[bool], None], asked: Asked) -> int:
    """Do the work and tell its outcome, if that was asked for; return the exit code.

    Args:
        work: Its exit code; 2 means that nothing was trained, and that there is nothing to tell.
        tell: Gets to know whether it is JSON that is wanted.
        asked: For what.
    """
    code = 0
    try:
        code = work()
    finally:  # an interruption has an outcome too
        if code != 2 and (asked.quiet or asked.json) and speaks():
            with contextlib.suppress(BrokenPipeError):  # the exit code is of the work, whoever reads
                tell(asked.json)
    return code


def tell_run(folder: Path, as_json: bool) -> None:
    """Tell how a run ended; of one that did not come so far there is nothing to tell."""
    summary = read_json(folder / "summary.json")
    if not summary:
        return
    if as_json:
        document({**summary, "folder": os.path.relpath(folder)})
    else:
        answer(f"{identity(folder)}  {sentence(summary)}")


def tell_search(folder: Path, as_json: bool) -> None:
    """Tell how a search ended; its storage may be lost, which has been told then."""
    from runner.sweep.record import place_of, plain, read_place
    from runner.sweep.table import counted, number, parameters

    try:
        results, importance = read_place(place_of(folder))
    except (ValueError, ConnectionError):
        return
    best = results.best()
    if as_json:
        document({**plain(results, importance), "folder": os.path.relpath(folder)})
    elif best is None:
        answer(f"{folder.name}  {counted(results)}")
    else:
        values = " · ".join(f"{n} {number(v)}" for n, v in zip(results.objectives, best.values, strict=True))
        answer(f"{folder.name}  best #{best.number} {values}  {parameters(best, results.keys)} · {counted(results)}")


def sentence(summary: dict[str, Any]) -> str:
    """Return what came out of a run."""
    final = (summary.get("metrics") or {}).get("final") or {}
    seconds = float((summary.get("seconds") or {}).get("total") or 0.0)
    test = [f"{name} {value:.4f}" for name, value in final.items() if name.startswith("test/")]
    objective, best = summary.get("objective"), summary.get("value")
    known = [f"best {objective} {best:.4f} at epoch {summary.get('best_epoch')}"] if best is not None else []
    return " · ".join([f"{summary.get('status')} in {seconds:.1f} s", *known, *test])
