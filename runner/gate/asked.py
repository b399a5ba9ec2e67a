"""The words of ``runner assert``, read as a whole: everything that is wrong with them is told at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from runner.gate.baseline import Tolerance, against, read_baseline, read_tolerance
from runner.gate.expression import Expression, is_expression, read_expression, unknown
from runner.gate.measured import COSTS, COUNTS, Measured, folder_of, mean, measured
from runner.recorded import LAST

T = TypeVar("T")


class Asked:
    """Reads a command and collects everything that is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def trying(self, read: Callable[..., T], *words: object) -> T | None:
        """Return what ``read`` returns, or note why it does not."""
        try:
            return read(*words)
        except (ValueError, ConnectionError) as error:
            self.problems.append(str(error))
            return None

    def words(self, words: list[str]) -> tuple[list[Measured], list[Expression]]:
        """Return the runs and the expressions that words mean."""
        texts = [word for word in words if is_expression(word)]
        read = [self.trying(read_expression, text) for text in texts]
        runs = []
        for word in dict.fromkeys(word for word in words if word not in texts):
            run = self.trying(run_of, word)
            runs += [run] if run else []
        if not runs and len(texts) == len(words):
            self.problems.append("which run? Say latest, or an id of runner runs")
        return runs, [expression for expression in read if expression]

    def one(self, runs: list[Measured]) -> list[Measured]:
        """Return the mean of runs."""
        found = self.trying(mean, runs)
        return [found] if found else []

    def baseline(
        self, reference: str | None, tolerances: list[str], names: list[str]
    ) -> tuple[Measured | None, dict[str | None, Tolerance]]:
        """Return the baseline, and what may be worse than it."""
        read = [self.trying(read_tolerance, text) for text in tolerances]
        if reference is None:
            if tolerances or names:
                self.problems.append("--tolerance and --metric compare with a --baseline: say which")
            return None, {}
        return self.trying(read_baseline, reference), dict(one for one in read if one)

    def wanted(
        self,
        run: Measured,
        expressions: list[Expression],
        baseline: Measured | None,
        tolerances: dict[str | None, Tolerance],
        names: list[str],
        enough: bool,
    ) -> list[Expression]:
        """Return all that is asked of a run.

        Args:
            enough: Whether it is enough that the run is complete.
        """
        own = [name for name in (*names, *tolerances) if name is not None]
        wrong = [unknown(name, run.names, run.name) for name in (*(one.name for one in expressions), *own)]
        self.problems += [problem for problem in wrong if problem]
        bounds = list(expressions)
        if baseline is not None and not any(wrong):
            bounds += self.trying(against, run, baseline, tolerances, names) or []
        if not expressions and baseline is None:
            texts = [f"{name}{text}" for name, text in run.expect.items()]
            promised = [self.trying(read_expression, text) for text in texts]
            bounds = [Expression(e.name, e.comparison, e.bound, "its own expect") for e in promised if e]
            if not bounds and not enough:
                self.problems.append(f"nothing is asked of {run.name}: write 'test/accuracy>=0.97', or --baseline REF")
        return bounds

    def folder(self, flag: str, path: Path | None) -> None:
        """Note that a file cannot be written because its folder is not there."""
        if path is not None and not path.parent.is_dir():
            self.problems.append(f"--{flag.replace('_', '-')} {path}: there is no folder {path.parent}")


def run_of(word: str) -> Measured:
    """Return what a run measured.

    Raises:
        ValueError: There is no such run, perhaps because the shell has taken the rest of an expectation.
    """
    try:
        return measured(folder_of(word))
    except ValueError as error:
        if word.startswith(("test/", "valid/", "train/", LAST)) or word in (*COSTS, *COUNTS):
            raise ValueError(f"{word} is no run: an expectation has to be quoted, '{word}>=0.97'") from None
        raise error
