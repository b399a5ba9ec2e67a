"""From overrides and ``sweep.space`` to dimensions, with everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.types import Override

from runner.check.override import is_group, read_overrides
from runner.check.problem import Problem
from runner.secret import looks_secret
from runner.sweep.choice import PAIRED, Choice
from runner.sweep.condition import link
from runner.sweep.dimension import Dimension
from runner.sweep.draft import Draft, Entry, name_of, read_entry
from runner.sweep.grammar import meaning, reader
from runner.sweep.pairing import pair
from runner.sweep.settings import Settings
from runner.vocabulary.quoted import in_quotes

PLACE = "sweep.space"
GRID = "runner.sweep.sampler.grid.grid"


def read_dimensions(
    overrides: Sequence[Override], settings: Settings, loader: ConfigLoaderImpl, fixed: Collection[str]
) -> tuple[list[Dimension], list[Problem]]:
    """Return what is searched, in the order of ``sweep.space`` and then of the command, and what is wrong.

    Args:
        overrides: The command's; of several for one key the last one counts, and it counts more than ``sweep.space``.
        settings: Of the search.
        loader: Hydra's, set up for the command.
        fixed: Names of keys that are not searched, whatever ``sweep.space`` says.
    """
    entries, given, problems = gather(overrides, settings.space or {}, loader, fixed)
    drafts: list[Draft] = []
    for entry in entries.values():
        draft, wrong = read_entry(entry, settings.seed)
        problems += [Problem(text, entry.place, entry.key) for text in wrong]
        drafts += [draft] if draft else []
    names = {entry.name for entry in entries.values()}
    drafts, wrong = pair(drafts, settings.zip or [], {*given, *fixed}, names)
    problems += [Problem(text, "sweep.zip", "sweep.zip") for text in wrong]
    for draft in drafts:
        problems += [_at(draft, text) for text in _wrong(draft, settings)]
    dimensions, unlinked = link(drafts, given, names, loader)
    problems += [_at(draft, text) for draft, text in unlinked]
    if not (dimensions or problems or _is_grid(settings)):
        problems.append(Problem(_nothing(settings), PLACE, PLACE))
    return dimensions, problems


def gather(
    overrides: Sequence[Override], space: dict[str, str | None], loader: ConfigLoaderImpl, fixed: Collection[str]
) -> tuple[dict[str, Entry], dict[str, Override], list[Problem]]:
    """Return what is to be searched and what is given, both by name, and what is wrong with the words."""
    parser = reader(loader)
    found: dict[str, Entry] = {}
    problems: list[Problem] = []
    for key, text in space.items():
        words = read_overrides((in_quotes(f"{key}={text}"),), loader, multirun=True) if text is not None else None
        where = f"{PLACE}.{key}"
        for override in words.good if words else []:
            if override.is_sweep_override():
                again = parser.parse_overrides([override.input_line or ""])[0]
                found[name_of(override)] = Entry(name_of(override), again, PLACE, where)
            else:
                message = f"{where}: {text} is one value: write {key}: {text} in its place, or a list of values here"
                problems.append(Problem(message, PLACE, where))
        problems += [Problem(problem.message, PLACE, where) for problem in (words.problems if words else [])]
    given: dict[str, Override] = {}
    for name in fixed:
        found.pop(name, None)
    for override in overrides:
        name, adds = name_of(override), override.is_add() and is_group(override, loader)
        if not override.is_sweep_override():
            if not adds:  # +callback=ema stands beside what callback= chooses
                given[name] = override
                if not (name in found and found[name].override.is_add() and is_group(override, loader)):
                    found.pop(name, None)
            continue
        if refusal := _refusal(override, found.get(name), is_group(override, loader)):
            problems.append(Problem(refusal, override.input_line or ""))
            continue
        given.pop(name, None)
        again = parser.parse_overrides([override.input_line or ""])[0]
        found[name] = Entry(name, again, override.input_line or "")
    return found, given, problems


def _refusal(override: Override, before: Entry | None, chooses: bool) -> str | None:
    """Return why an override cannot be searched at all."""
    name = name_of(override)
    if override.is_delete():
        return f"~{name}: to leave something out cannot be searched"
    if name.split(".")[0] == "sweep" or name.startswith("sweep/"):
        inner = name.removeprefix(f"{PLACE}.")
        return f"{name}: how to search cannot be searched" + (f": write {inner}=... itself" if inner != name else "")
    adds = chooses and (override.is_add() or (before is not None and before.override.is_add()))
    if adds and before is not None and before.place != PLACE:  # both would count: no last one that wins
        return f"{name} is searched twice, by {before.place} too: write one list, whose values may be lists: [a,b],[a]"
    return None


def _wrong(draft: Draft, settings: Settings) -> Iterator[str]:
    """Yield what is wrong with a dimension in this search."""
    dimension = draft.dimension
    if hidden := [key for key in dimension.keys if looks_secret(key)]:
        yield f"{hidden[0]} looks like a secret, and a search writes down what it tries: it cannot be searched"
    if isinstance(dimension, Choice):
        yield from _repeated(dimension)
    if _is_grid(settings) and not dimension.is_finite:
        value = draft.entries[0].override.get_value_string()
        yield (
            f"{dimension.name}: a grid needs to know how many points of {value}: write"
            f" tag(grid5, {dimension.body()}), or choose a sampler, sweep=bayes"
        )


def _repeated(choice: Choice) -> Iterator[str]:
    """Yield the values that a choice has twice, whatever they are written like."""
    first: dict[tuple[str, ...], str] = {}
    for row in choice.rows:
        text, key = PAIRED.join(row), tuple(map(meaning, row))
        if key in first:
            more = "" if first[key] == text else f", as {first[key]} and as {text}"
            yield f"{choice.name}: {text} is there twice{more}: each value once, seeds are for sweep.seeds"
        first.setdefault(key, text)


def _is_grid(settings: Settings) -> bool:
    return bool((settings.sampler or {}).get("_target_") == GRID)


def _nothing(settings: Settings) -> str:
    kind = str((settings.sampler or {}).get("_target_", "the sampler")).rpartition(".")[2]
    return (
        f"nothing is searched: {kind} needs a key with several values,"
        " optimizer.lr='tag(log, interval(1e-4, 1e-1))' or model=cnn,mlp"
    )


def _at(draft: Draft, text: str) -> Problem:
    entry = draft.entries[0]
    return Problem(text, entry.place, entry.key)
