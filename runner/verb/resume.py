"""go on with a run from its last checkpoint, to the same bits; or with a sweep"""

from __future__ import annotations

import argparse
import contextlib
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runner.check.problem import Problem, report
from runner.durable import read_json
from runner.folder import OUTPUTS, Busy, find_any, is_sweep
from runner.home import CONF
from runner.recorded import FUTURE, flat, may_change
from runner.recorded import overrides as overrides_of
from runner.secret import MASK
from runner.stream import aside
from runner.told import tell_run, told
from runner.trust.given import add_trust
from runner.verb._arguments import add_output
from runner.vocabulary.own import VARIABLE
from runner.vocabulary.quoted import in_quotes

if TYPE_CHECKING:
    from omegaconf import DictConfig

EXAMPLE = "runner resume latest epochs=60"
TRACKED = "callback.mlflow.uri"
"""May have lost its password: see ``runner.tracking.store.choose``."""


def main(argv: list[str]) -> int:
    """Resume a run or a sweep; overrides that would change its past are refused."""
    parser = argparse.ArgumentParser(prog="runner resume", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument("run", help="a run's or a sweep's folder, its id, the beginning of its id, or latest: a run")
    parser.add_argument("overrides", nargs="*", help=f"of {', '.join(FUTURE)}; of a sweep, of sweep: sweep.trials=100")
    add_output(
        parser,
        quiet="print the result only, in one line",
        json="print how it ended as one JSON object; what it says goes to stderr",
    )
    add_trust(parser)
    arguments = parser.parse_intermixed_args(argv)
    try:
        folder = find_any(arguments.run)
    except ValueError as error:
        return report([Problem(str(error))])
    resumed = resume_sweep if is_sweep(folder) else resume_run
    with aside(arguments.quiet) if arguments.quiet or arguments.json else contextlib.nullcontext():
        return resumed(folder, arguments)


def resume_run(folder: Path, arguments: argparse.Namespace) -> int:
    """Go on with a run, unless it is complete."""
    try:
        cfg, problems = going_on(folder, arguments.overrides)
    except ValueError as error:
        problems = [Problem(str(error))]
    if problems:
        return report(problems)
    if is_complete(folder, cfg, arguments.overrides):
        summary = read_json(folder / "summary.json")
        print(f"{folder.name} is already complete: {summary['epochs']} epochs, {summary['status']}")
        return told(lambda: 0, partial(tell_run, folder), arguments)
    return told(lambda: go_on(cfg, folder, arguments.overrides), partial(tell_run, folder), arguments)


def go_on(cfg: DictConfig, folder: Path, overrides: list[str]) -> int:
    """Train from the last checkpoint on, and return the exit code."""
    from runner.launch import failed, verdict
    from runner.train import train

    try:
        trained = train(cfg, folder, [*overrides_of(folder), *overrides])
    except Busy as error:
        return report([Problem(str(error))])
    except Exception as error:
        return failed(error, folder)
    return verdict(cfg, trained)


def going_on(folder: Path, overrides: list[str]) -> tuple[DictConfig, list[Problem]]:
    """Return the configuration with which a run goes on, and what is wrong with it.

    Args:
        folder: Of the run.
        overrides: What is to be otherwise from now on.

    Raises:
        ValueError: What the run wrote down cannot be used.
    """
    from runner.check import problems_of
    from runner.configuration import check_leaving, recorded

    cfg = recorded(folder)
    refused = apply(cfg, overrides)
    check_leaving(folder, cfg)
    return cfg, [Problem(text) for text in refused] or problems_of(cfg)


def is_complete(folder: Path, cfg: DictConfig, overrides: list[str]) -> bool:
    """Tell whether nothing is left to train of a run."""
    summary = read_json(folder / "summary.json")
    longer = any(override.startswith("epochs=") for override in overrides)
    complete = {"finished": summary.get("epochs", 0) >= cfg.epochs, "stopped": not longer}
    return bool(complete.get(summary.get("status", "")))


def resume_sweep(folder: Path, arguments: argparse.Namespace) -> int:
    """Give the words of a sweep's command again: what is there already is not done twice."""
    from runner.launch import launch
    from runner.sweep.record import described
    from runner.trust.words import check_search

    try:
        said, ours = described(folder)
        found = said.get("words")
        words = list(map(str, found)) if isinstance(found, list) else []
        if not words:
            raise ValueError(f"{folder.name} does not say how it was started: give its command again")
        given = [f"sweep.name={folder.name}", *arguments.overrides]
        words = again(words, given)
        if hidden := [word for word in words if MASK in word]:
            raise ValueError(f"{' '.join(hidden)}: a secret that was not written down; give it again, as an override")
        if folder.parent != OUTPUTS.resolve():
            raise ValueError(f"{folder.name} is not in {OUTPUTS}/ of this folder: go to {folder.parents[1]}")
        if not ours:
            check_search(folder, words, len(given))
            os.environ.pop(VARIABLE, None)  # a stranger's words choose packaged parts, none of the user's own
    except ValueError as error:
        return report([Problem(str(error))])
    flags = [flag for flag in ("--quiet", "--json") if getattr(arguments, flag.removeprefix("--"))]
    return launch([*flags, *words])


def again(words: list[str], overrides: list[str]) -> list[str]:
    """Return a command with overrides that take the place of what it said about the same keys."""

    def key(word: str) -> str:
        return word.lstrip("+").partition("=")[0]

    given = {key(word) for word in overrides if "=" in word}
    return [word for word in words if "=" not in word or key(word) not in given] + overrides


def apply(cfg: DictConfig, overrides: list[str]) -> list[str]:
    """Change the configuration in place and return what may not be changed, or does not exist."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException
    from omegaconf import OmegaConf

    problems, hidden = [], masked_keys(cfg)
    for text in overrides:
        try:
            override = OverridesParser.create().parse_override(in_quotes(text))
        except HydraException as error:
            problems.append(f"{text}: {str(error).splitlines()[0]}")
            continue
        key = override.key_or_group
        if not may_change(key) and not any(f"{name}.".startswith(f"{key}.") for name in hidden):
            problems.append(f"{text} would change the past of this run: only {', '.join(FUTURE)} may change")
        elif key == "hardware" and isinstance(override.value(), str):
            path = CONF / "hardware" / f"{override.value()}.yaml"
            if path.is_file():
                cfg.hardware = OmegaConf.load(path)
            else:
                choices = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml")))
                problems.append(f"{text}: there are {choices}")
        elif override.is_delete():
            OmegaConf.update(cfg, key, None)
        else:
            OmegaConf.update(cfg, key, override.value(), force_add=True)
    problems += [f"{key} is a secret that was not written down: give it again" for key in masked_keys(cfg)]
    return problems


def masked_keys(cfg: DictConfig) -> list[str]:
    """Return the dotted keys whose values were masked."""
    from omegaconf import OmegaConf

    written = OmegaConf.to_container(cfg, resolve=False)
    return [key for key, value in flat(written).items() if key != TRACKED and MASK in str(value)]
