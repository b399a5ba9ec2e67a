"""The files of a search: where its folder says the study is, and what is written into it when something has changed."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from runner.secret import MASK
from runner.sweep.best import is_of, write_best
from runner.sweep.importance import importances
from runner.sweep.mean import mean_and_sd
from runner.sweep.noise import judge
from runner.sweep.objective import single
from runner.sweep.outage import first_line, patiently
from runner.sweep.place import Place
from runner.sweep.results import CONFIRM, Results, read_results, write_csv
from runner.sweep.row import Row
from runner.sweep.study import open_study, storage_problem
from runner.trust.document import read_yaml
from runner.trust.foreign import is_ours, of_address, of_tree, refuse

if TYPE_CHECKING:
    from optuna.study import Study

DESCRIPTION = "sweep.yaml"


def description(folder: Path) -> dict[str, Any]:
    """Return what a search's folder says about it.

    Raises:
        ValueError: It says nothing that can be read.
    """
    return described(folder)[0]


def described(folder: Path) -> tuple[dict[str, Any], bool]:
    """Return what a search's folder says about it, and whether this user has begun it here, and with these words.

    Raises:
        ValueError: It says nothing that can be read.
    """
    try:
        loaded, text = read_yaml(folder / DESCRIPTION)
    except OSError as error:
        raise ValueError(f"{folder / DESCRIPTION} cannot be read: {error.strerror}") from None
    if not isinstance(loaded, dict):
        raise ValueError(f"{folder / DESCRIPTION} describes no search")
    return {str(key): value for key, value in loaded.items()}, is_ours(folder, text)


def place_of(folder: Path) -> Place:
    """Return where the study of a search's folder is.

    Raises:
        ValueError: It cannot be reached, or is not where a search from elsewhere may have it: in its own folder.
    """
    said, ours = described(folder)
    identity = said.get("identity")
    storage = identity.get("storage") if isinstance(identity, dict) else None
    if storage is None:
        return Place.at(folder)
    if not ours:
        refuse(folder.name, [*of_tree({"storage": storage}), *of_address("storage", str(storage))])
    text = str(OmegaConf.create({"storage": storage}).storage)  # what comes from the environment was left there
    text = re.sub(
        rf":{re.escape(MASK)}(?=@)|(?<=[?&])\w+={re.escape(MASK)}&?", "", text
    )  # a password that was not written down; PGPASSWORD or .pgpass may have it
    problem = storage_problem(text)
    if problem:
        lost = f" ({MASK}: set PGPASSWORD)" if MASK in str(storage) else ""
        raise ValueError(f"{problem}{lost}")
    return Place.at(folder, text)


def studies(place: Place, give_up: Callable[[], object] = lambda: False) -> tuple[Study, Study | None]:
    """Return the study of a search, and that of its stage that trained the best trials again, if there is one.

    Args:
        place: Of the search.
        give_up: Whether somebody does not want to wait any longer for a storage that does not answer.

    Raises:
        ValueError: There is no such study.
    """
    study = open_study(place, give_up)
    try:
        return study, open_study(replace(place, study=f"{place.study}/{CONFIRM}"), give_up)
    except ValueError:
        return study, None


def read_folder(folder: Path) -> Results:
    """Return the results of a search's folder.

    Raises:
        ValueError: There is no study, or it cannot be reached.
    """
    both = studies(place_of(folder))
    with legible(folder):
        return patiently(lambda: read_results(*both))


def read_place(place: Place, give_up: Callable[[], object] = lambda: False) -> tuple[Results, dict[str, float]]:
    """Return the results of a search, and the importance of its parameters.

    Args:
        place: Of the search.
        give_up: Whether somebody does not want to wait any longer for a storage that does not answer.
    """
    study, confirmed = studies(place, give_up)
    with legible(place.folder):
        return patiently(lambda: (read_results(study, confirmed), importances(study)), give_up=give_up)


@contextlib.contextmanager
def legible(folder: Path) -> Iterator[None]:
    """Turn what a strange study makes of its readers into one error for the user.

    Raises:
        ValueError: The study holds what no search writes.
    """
    try:
        yield
    except (TypeError, LookupError, AttributeError) as error:
        raise ValueError(
            f"the study of {folder} is not as a search writes it: {type(error).__name__}: {error}"
        ) from error


def write_results(
    place: Place, *, compose: Callable[[list[str]], DictConfig] | None = None
) -> tuple[Results, dict[str, float], list[str]]:
    """Write ``results.csv`` and ``best.yaml``, each whole or not at all.

    Args:
        place: Of the search.
        compose: From a trial's overrides to what it trains with; for a best trial whose folder is on another machine.

    Returns:
        What they are of, the importance of its parameters, and a sentence for each file that could not be written.
    """
    results, importance = read_place(place)
    wrong = write_each(files(place.folder, results, importance, report=False, compose=compose))
    return results, importance, wrong


def write_each(files: Mapping[str, Callable[[], None]]) -> list[str]:
    """Write files such that what is wrong with one of them costs no other one; return a sentence for each of those."""
    wrong = []
    for name, write in files.items():
        try:
            write()
        except Exception as error:
            wrong.append(f"{name} was not written: {type(error).__name__}: {first_line(error)}")
    return wrong


def files(
    folder: Path,
    results: Results,
    importance: Mapping[str, float],
    *,
    report: bool = True,
    compose: Callable[[list[str]], DictConfig] | None = None,
) -> dict[str, Callable[[], None]]:
    """Return what writes each file of a search: ``results.csv``, ``best.yaml``, and ``report.html`` if it is wanted."""

    def page() -> None:
        from runner.sweep.page import write_page

        write_page(folder / "report.html", results, importance, folder)

    made: dict[str, Callable[[], None]] = {
        "results.csv": lambda: write_csv(folder / "results.csv", results),
        "best.yaml": lambda: recipe(folder, results, compose),
    }
    return {**made, "report.html": page} if report else made


def recipe(folder: Path, results: Results, compose: Callable[[list[str]], DictConfig] | None) -> None:
    """Write ``best.yaml``; one of another trial is taken away if it cannot be known what the best one trains with."""
    best = results.best()
    if best is None:
        return
    trained = (folder / best.run / "config.yaml").is_file()
    if trained or compose is not None:
        write_best(folder, results, None if trained or compose is None else single(compose(list(best.overrides))))
    elif not is_of(folder / "best.yaml", results, best):
        (folder / "best.yaml").unlink(missing_ok=True)


def plain(results: Results, importance: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Return a search's results as plain values, fit for JSON."""
    verdict, best = judge(results), results.best()
    return {
        "name": results.name,
        "objectives": list(results.objectives),
        "directions": list(results.directions),
        "sampler": results.sampler,
        "created": results.facts.get("created"),
        "trials": results.counts(),
        "best": None if best is None else plain_row(best, results),
        "front": [row.number for row in results.front()] if len(results.objectives) > 1 else None,
        "verdict": {"text": verdict.sentence, "n": verdict.n, "p": verdict.p, "distinct": verdict.distinct},
        "importance": dict(importance or {}),
        "rows": [plain_row(row, results) for row in results.rows],
    }


def plain_row(row: Row, results: Results) -> dict[str, Any]:
    """Return a trial as plain values; numbers that are not finite, which JSON does not have, as text.

    ``mean`` is of the first objective, over the seeds that speak for the trial: those that confirmed it, if any did.
    """
    finite = [value if abs(value) < float("inf") else str(value) for value in row.values]
    sd, n = row.spread()
    mean = mean_and_sd(list(results.samples(row).values()))[0] if row.counts else None
    return {
        "number": row.number,
        "state": row.state,
        "kind": row.kind,
        "values": finite,
        "mean": mean,
        "sd": sd,
        "n": n,
        "again": {str(seed): value for seed, value in results.again.get(row.number, {}).items()},
        "seconds": row.seconds,
        "epochs": row.epochs,
        "run": row.run,
        "parameters": dict(row.texts),
        "reason": row.reason,
    }
