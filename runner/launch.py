"""A training or a search: composed, checked, and only then run, by Hydra's own machinery."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra
from hydra._internal.callbacks import Callbacks
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import run_job
from hydra.errors import CompactHydraException
from hydra.types import HydraContext, RunMode
from omegaconf import DictConfig, OmegaConf

from runner.agent import tell
from runner.check import Problem, report
from runner.check.examine import examine
from runner.check.settle import settle
from runner.chosen import choices_of_job
from runner.command import Command, WrongCommand, elsewhere, read_command
from runner.company import in_company, speaks
from runner.compose import VERSION_BASE, hydra_for, of_training, prepare
from runner.configuration import recorded
from runner.disk import Unwritable
from runner.durable import write_text
from runner.expect import missed
from runner.folder import point_latest
from runner.interrupt import Interrupted
from runner.recorded import in_yaml, named_metrics
from runner.redact import redacted, redacted_tree, remember
from runner.secret import hidden_in, masked_override
from runner.stream import aside
from runner.told import tell_run, told

if TYPE_CHECKING:
    from runner.reproduce.answer import Answer


def launch(argv: list[str]) -> int:
    """Train what the words say, or show it, and return the exit code."""
    try:
        command = read_command(argv)
    except WrongCommand as error:
        return report([Problem(str(error))])
    with aside(command.quiet) if command.quiet or command.json else nullcontext():
        return obey(command)


def obey(command: Command) -> int:
    """Do what a command asks for, and return the exit code."""
    if command.json and elsewhere(command):
        return report([Problem("--json is for our own searches: each job of another launcher has its summary.json")])
    if command.flags and not {"--cfg", "-c", "--info", "-i"} & {flag.partition("=")[0] for flag in command.flags}:
        return hand_over(command, list(command.overrides))
    if command.multirun and in_company():
        return report([Problem("-m is for one process: each of its runs starts its own, with hardware.processes=N")])
    if command.needed and in_company():
        return report([Problem("needed=true is for one process: of several, each might find another answer")])
    with hydra_for(command) as loader:
        found = answer(command, loader) if command.needed and not command.flags else None
        if found is not None and found.complete:
            return told(lambda: answered(found), partial(tell_run, found.folder), command)
        checked = examine(command, loader, deep=not command.flags)
        if command.flags:  # a wrong configuration may be looked at, a mistyped command not
            problems = [problem for problem in checked.problems if problem.place in command.overrides]
        else:
            problems = checked.problems
        if problems or checked.cfg is None:
            return report(checked.problems) if speaks() else 2
        if not command.multirun and not command.flags:
            if found is not None:  # killed or interrupted: it goes on
                checked.cfg.hydra.run.dir = str(found.folder)
            cfg = checked.cfg

            def tell(as_json: bool) -> None:
                tell_run(Path(cfg.hydra.run.dir), as_json)  # which is known when all have agreed

            return told(lambda: run(cfg, loader, command), tell, command)
        if checked.search is not None and not command.flags and not elsewhere(command):
            from runner.sweep.start import start

            return start(command, loader, checked.search)
        one_folder = [f"hydra.sweep.dir='{checked.cfg.hydra.sweep.dir}'"] if command.multirun else []
    return hand_over(command, [*one_folder, *checked.overrides])  # a launcher's processes would each draw an id


def run(cfg: DictConfig, loader: ConfigLoaderImpl, command: Command) -> int:
    """Train a checked configuration once, in a folder of its own."""
    cfg.hydra.mode = RunMode.RUN
    if in_company() and (unmet := agree_on_folder(cfg)):
        return report([Problem(unmet)])
    callbacks = Callbacks(cfg)
    callbacks.on_run_start(config=cfg, config_name=command.name)
    job = run_job(
        hydra_context=HydraContext(config_loader=loader, callbacks=callbacks),
        task_function=lambda job_cfg: train_here(of_training(job_cfg), command.words),
        config=cfg,
        job_dir_key="hydra.run.dir",
        job_subdir_key=None,
    )
    callbacks.on_run_end(config=cfg, config_name=command.name, job_return=job)
    if isinstance(job._return_value, Exception):  # the property would print it first
        return failed(job._return_value, Path(cfg.hydra.runtime.output_dir))
    return verdict(cfg, job._return_value)


def answer(command: Command, loader: ConfigLoaderImpl) -> Answer | None:
    """Return the run that has done what a command asks for, or has begun to, and say which one, or why there is none.

    A wrong command has none, and is told about later.
    """
    from runner.reproduce.answer import find_answer

    checked = examine(command, loader, deep=False)  # without torch: the record may know more than it takes to train
    if checked.problems or checked.cfg is None:
        return None
    found, sentence = find_answer(of_training(checked.cfg), elsewhere=fixed_folder(checked.cfg))
    print(f"    needed  {sentence}", flush=True)
    return found


def answered(found: Answer) -> int:
    """Print what the record says, let ``latest`` lead there, and return the verdict that the run had."""
    point_latest(found.folder)
    print("\n".join(found.lines()))
    return verdict(recorded(found.folder), found.summary)


def fixed_folder(cfg: DictConfig) -> Path | None:
    """Return the folder that the user has chosen for the run; None if it has one of its own."""
    said = str(OmegaConf.to_container(cfg.hydra.run, resolve=False)["dir"])  # type: ignore[index, call-overload]
    return None if "${" in said else Path(said)


def agree_on_folder(cfg: DictConfig) -> str:
    """Have all processes that were started together work in the folder that the main one makes.

    Returns:
        Why they have not met, in words; empty if they have.
    """
    from runner.hardware.meeting import Unmet, first, join

    try:
        join(float(cfg.hardware.timeout))
    except Unmet as error:
        return str(error)
    cfg.hydra.run.dir = first(lambda: str(cfg.hydra.run.dir))
    return ""


def verdict(cfg: DictConfig, summary: dict[str, Any]) -> int:
    """Return 3, and say why, if a run missed what its configuration expects.

    A shortened one promises nothing; and of several processes only the main one has a summary.
    """
    if cfg.get("debug") or not summary:
        return 0
    sentences = missed(cfg.get("expect") or {}, named_metrics(summary))
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    return 3 if sentences else 0


def train_here(cfg: DictConfig, overrides: list[str]) -> Any:
    """Train in the folder that Hydra made for this job."""
    from runner.train import train

    return train(cfg, Path(HydraConfig.get().runtime.output_dir), overrides, choices=choices_of_job(cfg))


def train_one_of_many(cfg: DictConfig, verdicts: list[int], recipe: list[str]) -> float | None:
    """Train a job of Hydra's; return its objective's value, which a sweeper may want, and note its exit code."""
    overrides = [text.removeprefix("++") for text in HydraConfig.get().overrides.task]
    cover(Path(HydraConfig.get().sweep.dir) / "multirun.yaml")
    cfg = of_training(cfg)
    settle(cfg, overrides)
    try:
        summary = train_here(cfg, [*recipe, *overrides])
    except Interrupted as error:
        raise SystemExit(128 + error.signum) from None  # ends the whole search, not this job alone
    except Exception as error:
        folder = Path(HydraConfig.get().runtime.output_dir)
        raise CompactHydraException(_failure(error, folder)) from None
    verdicts.append(verdict(cfg, summary))
    value = summary.get("value")
    return None if value is None else float(value)


def failed(error: Exception, folder: Path) -> int:
    """Say briefly what ended a run; its log has the rest. Return 2 if it was refused before anything was trained."""
    tell(error)
    print(_failure(error, folder), file=sys.stderr)
    return 2 if getattr(error, "kind", type(error).__name__) == "Refused" else 1


def _failure(error: Exception, folder: Path) -> str:
    """Return where the log is, which has told the error already; or the error, if it came before there was a log."""
    log = folder / "log.txt"
    if log.is_file():
        return f"  --> {os.path.relpath(log)}"
    lines = str(error).strip().splitlines()
    kind = "" if isinstance(error, ValueError | Unwritable) else f"{type(error).__name__}: "
    return f"error: {kind}{redacted(lines[0]) if lines else type(error).__name__}"


def cover(path: Path) -> None:
    """Take the secrets out of what Hydra writes down of a search of its own, words and all."""
    if path.is_file():
        tree = OmegaConf.load(path)
        assert isinstance(tree, DictConfig)
        remember(hidden_in(tree))
        tree.hydra.overrides.task = [masked_override(word) for word in tree.hydra.overrides.task]
        write_text(path, in_yaml(redacted_tree(OmegaConf.to_container(tree, resolve=False))))


def hand_over(command: Command, overrides: list[str]) -> int:
    """Let ``hydra.main`` do the rest: a search by another launcher, or one of its own flags, which it wants first."""
    prepare(command)
    flags = [*command.flags, *(["--multirun"] if command.multirun else [])]
    named = ["--config-path", str(command.directory), "--config-name", command.name]
    verdicts: list[int] = []

    def task(cfg: DictConfig) -> float | None:
        return train_one_of_many(cfg, verdicts, command.recipe_word)

    before = sys.argv
    sys.argv = [before[0], *flags, *named, *overrides]
    os.environ["HYDRA_FULL_ERROR"] = "1"  # its errors come back to us instead of ending in a report of its own
    try:
        hydra.main(config_path=str(command.directory), version_base=VERSION_BASE)(task)()
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 1 if exit_.code else 0
    except CompactHydraException as error:
        if command.flags:
            return report([Problem(str(error).splitlines()[0])])
        print(error, file=sys.stderr)
        return 1
    except ValueError as error:  # two of its flags that exclude each other
        return report([Problem(str(error))])
    finally:
        sys.argv = before
    return max(verdicts, default=0)
