"""The terminal: who runs, a row per epoch, the result and the next commands. The same text in a pipe."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.text import Text

import runner
from runner.callback.base import Callback
from runner.callback.later import Later, answer, ask
from runner.durable import read_json
from runner.figure.fold import beside, fold_words
from runner.folder import identity
from runner.stream import Voice, moves

if TYPE_CHECKING:
    from runner.loop import Run

ROWS = 200
"""Rows for epochs, about, in a run: of more epochs every so many has one, so that no log is flooded."""


class Progress(Callback):
    """Print what runs, how it goes and how it ended.

    Epoch rows are appended and never redrawn, so that a log holds the same text as the terminal.

    Args:
        bar: Show a transient bar within the epoch, on a terminal only.
    """

    rank = -2  # closed last: what it prints about the end is then over
    main_only = True

    def __init__(self, bar: bool = True) -> None:
        said = cast("IO[str]", Voice())
        self.console = Console(file=said, highlight=False, soft_wrap=True, force_jupyter=False)  # a notebook shows text
        self.live = bar and moves(self.console)
        self.bar: Bar | None = None
        self.columns: list[str] = []
        self.shown = 0.0
        self.every = self.since = 1  # epochs in a row, and so far
        self.starred = False
        self.loss: float | Later | None = None

    def watches_steps(self) -> bool:
        return self.live

    def start(self, run: Run) -> None:
        """Print the banner; what will be written and where is said before work starts."""
        facts, data = run.facts, run.facts["data"]
        self.begun = self.row = time.perf_counter()
        targets = {group: target.rpartition(".")[2] for group, target in facts["targets"].items()}
        shape = "x".join(str(size) for size in data["shape"])
        counts = " / ".join(f"{data[part]:,} {part}" for part in ("train", "valid", "test"))
        self.say(f"runner {runner.__version__} · {identity(run.folder)}", style="bold")
        kinds = {"tokens": "tokens", "samples": "classes"}[data["unit"]]
        targets_are = f"{len(data['classes'])} {kinds}" if data["classes"] else "a number each"
        self.pair("data", f"{data['name']} · {counts} · {shape} · {targets_are}")
        self.pair("model", f"{targets['model']} · {facts['parameters']:,} parameters")
        rate = f"{facts['lr']:g}" if isinstance(facts["lr"], float | int) else facts["lr"]
        total = run.schedule.total
        updates = f"{total:,} update{'s' if total != 1 else ''} of {facts['batch_size']}"
        self.pair("optimizer", f"{targets['optimizer']} lr {rate} · {targets['schedule']} · {updates}")
        threads = f"{facts['threads']} thread{'s' if facts['threads'] > 1 else ''}"
        processes = f"{facts['processes']} processes · " if facts.get("processes", 1) > 1 else ""
        place = f"{processes}{facts['device']} · {threads} · {facts['precision']}"
        self.pair("hardware", f"{place} · seed {facts['seed']}")
        self.pair("writes", [os.path.relpath(run.folder)])
        self.pair("changed", facts.get("overrides") or "nothing: all defaults")
        for note in facts["notes"]:
            self.pair("note", note, style="yellow")
        self.every, self.since = max(1, -(-run.epochs // ROWS)), 0
        if self.every > 1:
            self.pair("rows", f"one in {self.every} epochs; all of them are in metrics.jsonl")
        self.columns = list(dict.fromkeys(["train/loss", "valid/loss", run.objective]))
        heads = [name.replace("/", " ") for name in self.columns]
        self.say("\n" + self.table("epoch", heads, "lr", f"{data['unit']}/s", "time"), style="bold")
        if self.live:
            parts = ("epoch {task.fields[epoch]}", BarColumn(), MofNCompleteColumn(), "{task.fields[note]}")
            columns = [TextColumn(part) if isinstance(part, str) else part for part in parts]
            self.bar = Bar(*columns, TimeRemainingColumn(), console=self.console, transient=True)
            self.bar.start()
            self.task = self.bar.add_task("", total=len(run.batches["train"]), epoch="", note="")

    def step(self, run: Run) -> None:
        """Move the bar twice a second, with the loss that was asked for last time: it has come from the device."""
        now = time.perf_counter()
        if self.bar is not None and now - self.shown > 0.5:
            self.shown = now
            asked = ask(run.loss)
            loss, self.loss = asked if self.loss is None else self.loss, asked
            self.bar.update(
                self.task,
                completed=run.batch,
                epoch=f"{run.epoch + 1}/{run.epochs}",
                note=f"loss {answer(loss):.4f}",
            )

    def epoch(self, run: Run) -> None:
        """Append a row of the epoch, or of the last several epochs, with a star on a new best."""
        self.since += 1
        self.starred |= run.improved()
        if run.epoch % self.every and run.epoch < run.epochs:
            return
        now = time.perf_counter()
        seconds, self.row = now - self.row, now
        values = [f"{run.metrics.get(name, float('nan')):.4f}" for name in self.columns]
        seconds /= self.since
        speed = run.batches["train"].samples / seconds
        star = " *" if self.starred else ""
        self.since, self.starred = 0, False
        rate = f"{run.schedule.rate(run.step - 1):.2e}"
        self.say(self.table(f"{run.epoch}/{run.epochs}", values, rate, f"{speed:,.0f}", f"{seconds:.1f}s{star}"))

    def table(self, count: str, values: list[str], rate: str, speed: str, seconds: str) -> str:
        """Return a row of the table, or its head; where it is wider than the terminal it goes on below."""
        cells = [f"{text:>{max(12, len(name) + 2)}}" for name, text in zip(self.columns, values, strict=True)]
        time, _, star = seconds.partition(" ")
        cells = [f"{count:>9}", *cells, f"{rate:>9}", f"{speed:>11}", f"{time:>9}{f' {star}' if star else ''}"]
        return "\n".join(beside(cells, indent=9))

    def close(self, run: Run) -> None:
        """Print how it ended, where the time went, what was written and what to type next."""
        if self.bar is not None:
            self.bar.stop()
        name, folder = identity(run.folder), os.path.relpath(run.folder)
        summary = read_json(run.folder / "summary.json")
        words = [f"{run.status} in {time.perf_counter() - self.begun:.1f} s"]
        if run.best:
            words.append(f"best {run.objective} {run.best.value:.4f} at epoch {run.best.epoch}")
        tested = f"test/{run.objective.rpartition('/')[2]}"
        if tested in run.metrics:
            words.append(f"{tested} {run.metrics[tested]:.4f}")
        self.say(
            "\n" + "\n".join(fold_words([f"{word} ·" for word in words[:-1]] + words[-1:], rest=" " * 12)),
            style="bold green" if run.status in ("finished", "stopped", "pruned") else "bold red",
        )
        if run.reasons:
            self.pair("reason", "; ".join(run.reasons))
        if run.status != "failed":
            self.pair("time", " · ".join(shares(summary.get("seconds", {}))))
            if summary.get("bottleneck"):
                self.pair("bottleneck", summary["bottleneck"])
        files = [path for path in ("checkpoints/best.pt", "metrics.jsonl", "log.txt") if (run.folder / path).exists()]
        self.pair("files", [f"{folder}/", *files])
        if run.status == "failed" and not (run.folder / "checkpoints" / "last.pt").exists():
            return  # there is nothing to go on from
        if run.status in ("interrupted", "failed", "pruned"):
            commands = [f"runner resume {name}"]
        else:
            commands = [f"runner resume {name} epochs={2 * run.epochs}", f"runner eval {name}"]
        for index, command in enumerate([*commands, f"runner show {name} latest"]):
            self.pair("next" if index == 0 else "", [command])

    def pair(self, key: str, said: str | list[str], style: str = "") -> None:
        """Print a line of the banner, folded between words; those of a list, as paths and commands, stay whole."""
        words = said.split() if isinstance(said, str) else said
        self.say("\n".join(fold_words(words, first=f"{key:>10}  ", rest=" " * 12)), style=style)

    def say(self, line: str, style: str = "") -> None:
        """Print a line."""
        self.console.print(Text(line, style=style))


def shares(seconds: dict[str, float]) -> Iterable[str]:
    """Return "forward 40%" and so on, the largest first, what is under a percent left out."""
    total = seconds.get("total") or 1.0
    parts = sorted(((value, name) for name, value in seconds.items() if name != "total"), reverse=True)
    return [f"{name} {value / total:.0%}" for value, name in parts if value >= total / 100]
