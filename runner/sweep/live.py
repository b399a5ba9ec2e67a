"""A search while it runs: a picture that changes on a terminal, one line for each ended trial elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from rich.console import Console
from rich.live import Live
from rich.text import Text

from runner.figure.fold import columns
from runner.stream import Voice, moves
from runner.sweep.importance import importances
from runner.sweep.outage import outage
from runner.sweep.results import Results, read_results
from runner.sweep.row import Row, row_of
from runner.sweep.table import counted, duration, final_text, number, parameters

if TYPE_CHECKING:
    from optuna.study import Study

BAR = 24
"""Characters of the bar."""

RUNNING = 8
"""Running trials that are shown."""

ROWS, FEW = 200, 20
"""Lines of ended trials in a log, about, and of failed ones that have a line in any case."""


class Board:
    """Shows a search; it reads the storage alone, so it sees the trials of other machines too.

    Args:
        study: Of the search, or of its stage that confirms.
        total: Trials wanted in all; None: not known.
        jobs: Worker processes of this machine.
        folder: Of the search, as the user would type it, for the paths of logs.
        budget: Seconds that the search may still take from now on; None: any.
        console: Where to; the standard output unless told.
    """

    def __init__(
        self,
        study: Study,
        *,
        total: int | None = None,
        jobs: int = 1,
        budget: float | None = None,
        folder: str | Path = "",
        console: Console | None = None,
    ) -> None:
        self.study, self.total, self.jobs, self.budget = study, total, jobs, budget
        self.folder = Path(folder)
        self.console = console or Console(file=cast("IO[str]", Voice()), highlight=False, soft_wrap=True)
        self.begun = self.weighed = time.monotonic()
        self.looked, self.failures = 0.0, 0
        self.over: dict[int, Row] = {}
        self.facts: Results | None = None
        self.importance: Mapping[str, float] = {}
        self.live: Live | None = None
        if moves(self.console):
            self.live = Live(console=self.console, auto_refresh=False, transient=True)
        before = self.read()
        self.known = sum(row.is_over for row in before.rows)
        self.best = before.best()
        if self.live is not None:
            self.live.start()
        elif self.known:
            self.say(f"{self.known}{self.of_total()} trials are there already")
        if self.live is None and self.every() > 1:
            self.say(f"a line for one in {self.every()} trials, and for each new best; all of them: results.csv")

    def read(self) -> Results:
        """Return how the search stands; what has ended does not change any more, and is read once."""
        if self.facts is None:
            self.facts = read_results(self.study)
            rows = self.facts.rows
        else:
            trials = self.study.get_trials(deepcopy=False)
            rows = tuple(self.over.get(trial.number) or row_of(trial) for trial in trials)
        self.over = {row.number: row for row in rows if row.is_over}
        return replace(self.facts, rows=rows)

    def update(self, last: bool = False) -> None:
        """Look again, and show what is new. Call it as often as you like: it looks a few times a second."""
        if time.monotonic() - self.looked < 0.4 and not last:
            return
        self.looked, before = time.monotonic(), self.over
        try:
            results = self.read()
            if self.live is not None and self.looked - self.weighed > 10:  # it takes a part of a second
                self.importance, self.weighed = importances(self.study), self.looked
        except Exception as error:
            if outage(error) is None:
                raise
            return  # the database is away: workers wait for it, and the next look may find it
        ended = [row for row in results.rows if row.is_over and row.number not in before]
        for row in sorted(ended, key=lambda row: (row.ended or datetime.max, row.number)):
            self.known += 1
            is_best = self.is_best(row, results)
            failed = row.kind in ("failed", "infeasible")
            self.failures += failed
            told = is_best or self.known in (self.total, self.known // self.every() * self.every())
            if (self.live is None and told) or (failed and self.failures <= FEW):
                self.say(self.line(row, results, is_best), "red" if row.kind == "failed" else "")
        if self.live is None:
            return
        lines = [cut(line, self.console.width) for line in self.picture(results)]
        self.live.update(Text("\n".join(lines), no_wrap=True), refresh=True)

    def every(self) -> int:
        """Return of how many trials one has a line: of all, unless so many lines would flood a log."""
        return max(1, -(-max(self.known, self.total or 0) // ROWS))

    def is_best(self, row: Row, results: Results) -> bool:
        """Tell whether a trial that has just ended is better than all before it, and remember it."""
        if not row.counts:
            return False
        if len(results.objectives) > 1:
            return row in results.front()
        if self.best is None or results.better(row.values[0]) < results.better(self.best.values[0]):
            self.best = row
            return True
        return False

    def line(self, row: Row, results: Results, is_best: bool = False) -> str:
        """Return the line of an ended trial; a star marks a new best."""
        words = [f"{self.known}{self.of_total()}", f"#{row.name} {row.kind}", *map(number, row.values)]
        words += [duration(row.seconds), parameters(row, results.keys), "*" if is_best else ""]
        if row.kind in ("failed", "infeasible"):
            words.append(" ".join(row.reason.split())[:300])
            words.append(f"--> {self.folder / row.run / 'log.txt'}" if row.run and row.kind == "failed" else "")
        return "  ".join(word for word in words if word)

    def of_total(self) -> str:
        return f"/{self.total}" if self.total else ""

    def picture(self, results: Results) -> list[str]:
        """Return the lines of the picture."""
        over = [row for row in results.rows if row.is_over]
        open_ = [row for row in results.rows if row.state == "RUNNING"]
        jobs = f"{self.jobs} job{'s' if self.jobs > 1 else ''}"
        head = " · ".join(word for word in (results.name, ", ".join(results.objectives), results.sampler, jobs) if word)
        passed = duration(time.monotonic() - self.begun)
        filled = round(BAR * len(over) / self.total) if self.total else 0
        bar = f"{'█' * filled}{'░' * (BAR - filled)} " if self.total else ""
        left = self.left(over, open_)
        togo = f" · about {duration(left)} to go" if left is not None else ""
        lines = [head, f"{bar}{len(over)}{self.of_total()} · {passed} passed{togo}"]
        best = results.best()
        if best is not None:
            front = f" (front of {len(results.front())})" if len(results.objectives) > 1 else ""
            values = " ".join(map(number, best.values))
            lines.append(f"      best  #{best.number} {values}{front}  {parameters(best, results.keys)}")
        lines.append(f"    trials  {counted(results)}")
        if self.importance:
            lines.append(f"   matters  {' · '.join(f'{n} {s:.0%}' for n, s in self.importance.items() if s >= 0.005)}")
        for index, row in enumerate(open_[:RUNNING]):
            lines.append(f"{'running' if index == 0 else '':>10}  {self.running(row, results)}")
        if len(open_) > RUNNING:
            lines.append(f"{'':12}and {len(open_) - RUNNING} more")
        return lines

    def running(self, row: Row, results: Results) -> str:
        """Return the line of a running trial."""
        epochs = results.facts.get("epochs")
        words = [f"#{row.name}"]
        if row.curve:
            last = max(row.curve)
            words.append(f"epoch {last}{f'/{epochs}' if epochs else ''} {number(row.curve[last])}")
        if row.begun is not None:
            words.append(duration(max(0.0, (datetime.now() - row.begun).total_seconds())))
        return "  ".join([*words, parameters(row, results.keys)])

    def left(self, over: list[Row], open_: list[Row]) -> float | None:
        """Return about how many seconds are left: what a trial took in the mean, for those that are still to come."""
        budget = None if self.budget is None else max(0.0, self.budget - (time.monotonic() - self.begun))
        took = [row.seconds for row in over if row.seconds is not None and row.kind in ("complete", "pruned")]
        if not self.total or not took:
            return budget
        mean = sum(took) / len(took)
        now = datetime.now()
        spent = sum(min(mean, max(0.0, (now - row.begun).total_seconds())) for row in open_ if row.begun is not None)
        left = max(0.0, (self.total - len(over)) * mean - spent) / max(1, self.jobs, len(open_))
        return left if budget is None else min(left, budget)

    def say(self, line: str, style: str = "") -> None:
        """Print a line, above the picture if there is one."""
        self.console.print(Text(line, style=style))

    def close(self) -> None:
        """Show what is still new, and take the picture away."""
        try:
            self.update(last=True)
        finally:
            if self.live is not None:
                self.live.stop()

    def end(self, results: Results, folder: str | Path) -> None:
        """Print the end of the search: the table, and what to type next."""
        self.say("\n" + final_text(results, folder, importances(self.study), width=columns()))


def cut(line: str, width: int) -> str:
    """Return a line that does not wrap: words that have no room are left out whole, so that no name is a wrong one."""
    return line if len(line) <= width else f"{line[: line.rfind(' ', 0, width - 3) + 1]}..."
