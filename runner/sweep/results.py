"""What a search has found: a row a trial, read from the study alone, and the table that is written of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.durable import write_text
from runner.sweep.mean import mean_and_sd
from runner.sweep.row import KINDS, row_of
from runner.sweep.row import Row as Row
from runner.sweep.second import Second, read_second

if TYPE_CHECKING:
    from optuna.study import Study

CONFIRM = "confirm"
"""Name of the stage that trains the best trials again; its study is ``<name>/confirm``."""


@dataclass(frozen=True)
class Results:
    """A search as it stands.

    Attributes:
        name: Of the search.
        objectives: Names of the metrics.
        directions: ``maximize`` or ``minimize``, one per objective.
        rows: The trials, by number.
        again: Of the trials that were trained again to confirm them: number -> seed -> value of the first objective.
        facts: What the study says about itself: created, epochs, identity.
        logs: Parameters that are searched by their logarithm.
        second: How the stage stands that trains the best trials again.
    """

    name: str
    objectives: tuple[str, ...]
    directions: tuple[str, ...]
    rows: tuple[Row, ...]
    again: Mapping[int, Mapping[int, float]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    logs: frozenset[str] = frozenset()
    second: Second = field(default_factory=Second)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The searched keys, in the order of the command."""
        named = [key for name in self.identity.get("space") or {} for key in str(name).split(" & ")]
        found = dict.fromkeys(key for row in self.rows for key in row.texts)
        return tuple(dict.fromkeys([*(key for key in named if key in found), *found]))

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What may not change while the search lasts, as it was written down."""
        text = self.facts.get("identity") or {}
        loaded = json.loads(text) if isinstance(text, str) else text
        return loaded if isinstance(loaded, dict) else {}

    @property
    def sampler(self) -> str:
        """Name of what chooses the trials, such as ``bayes``."""
        sampler = self.identity.get("sampler")
        target = sampler.get("_target_") if isinstance(sampler, dict) else sampler
        return str(target or "").rpartition(".")[2].lower()

    def counts(self) -> dict[str, int]:
        """Return how many trials there are of each kind."""
        kinds = [row.kind for row in self.rows]
        return {kind: kinds.count(kind) for kind in KINDS}

    def better(self, value: float, objective: int = 0) -> float:
        """Return a value such that lower is better."""
        return -value if self.directions[objective] == "maximize" else value

    def samples(self, row: Row) -> dict[int, float]:
        """Return the values by seed that speak for a trial.

        If it was trained again to confirm it, only those count: by the first one it was chosen, so that one flatters.
        """
        if self.is_confirmed(row):
            return dict(self.again[row.number])
        return {index: values[0] for index, values in enumerate(row.per_seed or [row.values]) if values}

    def is_confirmed(self, row: Row) -> bool:
        """Tell whether a trial was trained again with all the seeds that were asked for, and so were its rivals."""
        full = self.second.seeds or max((len(seeds) for seeds in self.again.values()), default=0)
        return self.second.decides and 0 < full <= len(self.again.get(row.number, {}))

    def ranking(self) -> list[Row]:
        """Return the trials that may be the best, the best first; of equal ones the earlier.

        Those that were confirmed come first, by their mean over the seeds of that: the values of the others are from
        the seed that chose. While the stage that confirms is not over, it changes nothing: who was first in its queue
        would win.
        """

        def place(row: Row) -> tuple[int, float, int]:
            confirmed = self.is_confirmed(row)
            value = mean_and_sd(list(self.again[row.number].values()))[0] if confirmed else row.values[0]
            return (not confirmed, self.better(value), row.number)

        return sorted((row for row in self.rows if row.counts), key=place)

    def front(self) -> list[Row]:
        """Return the trials that no other one beats or equals in every objective, by the first objective."""

        def costs(row: Row) -> tuple[float, ...]:
            return tuple(self.better(value, index) for index, value in enumerate(row.values))

        chosen: list[Row] = []
        for row in sorted((row for row in self.rows if row.counts), key=lambda row: (costs(row), row.number)):
            mine = costs(row)  # one that comes later is nowhere better at first sight, so it beats none before it
            if not any(other != mine and all(map(float.__le__, other, mine)) for other in map(costs, chosen)):
                chosen.append(row)
        return chosen

    def best(self) -> Row | None:
        """Return the best trial; of several objectives the one of the front that is best by the first."""
        found = self.ranking() if len(self.objectives) == 1 else self.front()
        return found[0] if found else None


def read_results(study: Study, confirmed: Study | None = None) -> Results:
    """Return a search's results.

    Args:
        study: Of the search.
        confirmed: Of the stage that trained its best trials again, if there was one; its trials say which one they
            repeat (``of``) and with which seed (``seed``).
    """
    facts = study.user_attrs
    directions = tuple(direction.name.lower() for direction in study.directions)
    names = facts.get("objectives") or (
        ["value"] if len(directions) == 1 else [f"value {i}" for i, _ in enumerate(directions)]
    )
    again, second = ({}, Second()) if confirmed is None else read_second(confirmed)
    trials = study.get_trials(deepcopy=False)
    logs = {key for trial in trials for key, space in trial.distributions.items() if getattr(space, "log", False)}
    name, rows = str(facts.get("name", study.study_name)), tuple(map(row_of, trials))
    return Results(name, tuple(map(str, names)), directions, rows, again, dict(facts), frozenset(logs), second)


def write_csv(path: Path, results: Results) -> None:
    """Write ``results.csv``, whole or not at all."""
    write_text(path, as_csv(results))


def as_csv(results: Results) -> str:
    """Return the table of all trials; what a trial does not have stays empty."""
    names = list(results.objectives) if len(results.objectives) > 1 else ["value"]
    spread = any(len(row.per_seed) > 1 for row in results.rows)
    sds = ["sd"] if len(names) == 1 else [f"{name} sd" for name in names]
    fixed = ["number", "state", *names, *([*sds, "n"] if spread else [])]
    fixed += ["confirmed", "confirmed_sd", "confirmed_n"] if results.again else []
    fixed += ["seconds", "epochs", "run"]
    heads = [f"params_{key}" if key in fixed else key for key in results.keys]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*fixed, *heads])
    for row in results.rows:
        writer.writerow(["" if cell is None else cell for cell in _cells(row, results, len(names), spread)])
    return file.getvalue()


def _cells(row: Row, results: Results, objectives: int, spread: bool) -> Iterator[Any]:
    yield from (row.number, row.state)
    yield from _padded(row.values, objectives)
    if spread:
        yield from (row.spread(index)[0] for index in range(objectives))
        yield row.spread()[1] if row.per_seed else None
    if results.again:
        values = list(results.again.get(row.number, {}).values())
        yield from mean_and_sd(values) if results.is_confirmed(row) else (None, None)
        yield len(values) or None
    yield from (None if row.seconds is None else round(row.seconds, 3), row.epochs, row.run)
    yield from (row.texts.get(key) for key in results.keys)


def _padded(values: Sequence[float], length: int) -> list[float | None]:
    return [*values, *[None] * (length - len(values))][:length]
