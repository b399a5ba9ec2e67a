"""What arguments and flags of verbs take: runs, parts, files, what is known of the runs that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runner.completion import past
from runner.completion.candidate import Candidate, paths, recipes, runs
from runner.completion.verbs import Argument
from runner.completion.words import Said, candidates
from runner.vocabulary.part import YAML, about, choices


def _runs(said: Said, current: str, argument: Argument) -> Iterator[Candidate]:
    yield from runs(current, sweeps="sweep" in argument.about)
    yield from paths(current) if "/" in current else ()


def _sweeps(said: Said, current: str, argument: Argument) -> Iterator[Candidate]:
    yield from runs(current, single=False)
    yield from paths(current) if "/" in current else ()


def _parts(said: Said, current: str, argument: Argument) -> Iterator[Candidate]:
    """Yield recipes, parts, and runs where they count: ``recipes/digits_cnn.yaml``, ``model=cnn``."""
    yield from recipes(current)
    yield from runs(current, sweeps=True) if "run" in argument.about else ()
    yield from _choices(said, current, argument)


def _choices(said: Said, current: str, argument: Argument) -> Iterator[Candidate]:
    group, equals, _ = current.partition("=")
    if equals:
        yield from (Candidate(f"{group}={name}", about(path)) for name, path in choices(group, said.folders).items())
    else:
        yield from (Candidate(f"{name}=", "group") for name in said.groups)


def _groups(said: Said, current: str, argument: Argument) -> Iterator[Candidate]:
    """Yield what ``runner ls`` lists: groups, choices, recipes."""
    if "=" not in current:
        yield from (Candidate(name, "group") for name in [*said.groups, "recipes"])
    yield from _choices(said, current, argument)


def _schemas(said: Said, current: str, argument: Argument) -> Iterator[Candidate]:
    yield from (Candidate(name) for name in [*said.groups, "recipe"])


def _overrides(said: Said, current: str, argument: Argument) -> Iterator[Candidate]:
    yield from candidates(said, current)


def any_file(said: Said, current: str, argument: Argument) -> Iterator[Candidate]:
    """Yield files and folders."""
    yield from paths(current)


def _yaml(said: Said, current: str, argument: Argument) -> Iterator[Candidate]:
    yield from paths(current, YAML)


def _nothing(said: Said, current: str, argument: Argument) -> Iterator[Candidate]:
    yield from ()


def _filters(said: Said, current: str, argument: Argument) -> Iterator[Candidate]:
    yield from past.filters(current)


def _gates(said: Said, current: str, argument: Argument) -> Iterator[Candidate]:
    """Yield runs, and what they may be asked to have reached."""
    yield from runs(current)
    yield from (one for one in past.names(current, ends=True) if one.word.endswith((">=", ".")))


def _forms(words: list[str], typed: str) -> Iterator[Candidate]:
    from runner.export.form import FORMS

    head = typed[: typed.rfind(",") + 1]
    yield from (Candidate(head + name) for name in (*FORMS, *([] if head else ["all"])))


def _names(words: list[str], typed: str) -> Iterator[Candidate]:
    yield from past.names(typed)


def _tags(words: list[str], typed: str) -> Iterator[Candidate]:
    yield from past.values("tags", "")


VALUES: dict[str, Callable[[list[str], str], Iterator[Candidate]]] = {
    "format": _forms,
    "sort": _names,
    "columns": _names,
    "metric": _names,
    "tag": _tags,
    "untag": _tags,
    "weights": past.weights,
    "baseline": lambda words, typed: runs(typed),
}
"""What a flag takes, by its name; of other names numbers, files or folders, as its parser says."""
KINDS: dict[str, Callable[[Said, str, Argument], Iterator[Candidate]]] = {
    "run": _runs,
    "first": _runs,
    "second": _runs,
    "filters": _filters,
    "words": _gates,
    "text": _nothing,
    "sweeps": _sweeps,
    "part": _parts,
    "to": _yaml,
    "group": _groups,
    "schema": _schemas,
    "overrides": _overrides,
}
"""What a positional argument takes, by its name in the parser; of other names files."""
