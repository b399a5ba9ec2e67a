"""prove that several processes train your experiment like one, or that a killed run resumes to the same"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.stream import document
from runner.verb._arguments import add_output
from runner.verb._compare import compared, lines, same_bits

if TYPE_CHECKING:
    from omegaconf import DictConfig

EXAMPLE = "runner verify ddp model=cnn --processes 2"

STILL = (
    "compared without dropout, with hardware.sync_batch_norm=true and hardware.accumulate=1: parts of a batch differ"
)
"""What is changed of an experiment where one number of processes is compared with another."""

TOLERANCE = {"bf16": 2e-2, "fp16": 2e-2}
"""Largest relative difference of two losses that counts as the order in which numbers were added."""


def main(argv: list[str]) -> int:
    """Train the same thing twice, briefly, and print both; exit 3 if they differ."""
    parser = argparse.ArgumentParser(
        prog="runner verify",
        usage="runner verify {ddp,resume} [RECIPE.yaml] [key=value ...]\n"
        "                     [--processes N ...] [--steps N] [--tolerance T] [-q]\n"
        "                     [--json]",
        description=__doc__,
        epilog=f"example: {EXAMPLE}",
        allow_abbrev=False,
    )
    parser.add_argument("what", choices=("ddp", "resume"), help="which promise")
    help_ = "ddp: how many beside one, 2; resume: how many before the kill, and how many after it: 1 1"
    parser.add_argument("--processes", type=int, nargs="+", metavar="N", help=help_)
    parser.add_argument("--steps", type=int, default=20, metavar="N", help="updates of an epoch; 20")
    parser.add_argument("--tolerance", type=float, help="largest relative difference of losses; 1e-3, of halves 2e-2")
    add_output(parser, quiet="print the verdict only")
    arguments, words = parser.parse_known_args(argv)

    from runner.check import Problem, report
    from runner.configuration import composed

    counts = arguments.processes or ([2] if arguments.what == "ddp" else [1, 1])
    cfg, problems = composed(words)
    many = {"ddp": 1, "resume": 2}[arguments.what]
    if len(counts) != many or min(counts) < 1:
        got = " ".join(map(str, counts))
        text = f"--processes takes {many} number{'s'[: many - 1]} >= 1 with {arguments.what}, got {got}"
        problems = [*problems, Problem(text)]
    if arguments.steps < 4:
        problems = [*problems, Problem(f"--steps must be >= 4, got {arguments.steps}")]
    if problems or cfg is None:
        return report(problems)
    from runner.batchsize import settle_batch_size
    from runner.make import make

    settle_batch_size(cfg)
    tolerance = arguments.tolerance or TOLERANCE.get(make(cfg.hardware).precision, 1e-3)
    with tempfile.TemporaryDirectory(prefix="runner-verify-") as place:
        proof = {"ddp": _ddp, "resume": _resume}[arguments.what]
        try:
            found = proof(cfg, Path(place), counts, arguments.steps, tolerance)
        except RuntimeError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
    if arguments.json:
        document(found)
    else:
        print("\n".join(lines(found)[-1 if arguments.quiet else 0 :]))
    return 0 if found["proven"] else 3


def _ddp(cfg: DictConfig, place: Path, counts: list[int], steps: int, tolerance: float) -> dict[str, Any]:
    """Train with one process and with several, and compare losses and counts."""
    sides = [1, *counts]
    for count in sides:
        _train(prepared(cfg, steps, epochs=1, still=True), place / str(count), count)
    names = [f"{count} process{'es' if count > 1 else ''}" for count in sides]
    found = compared(names, [place / str(count) for count in sides], tolerance)
    return {**found, "notes": [*found["notes"], STILL]}


def _resume(cfg: DictConfig, place: Path, counts: list[int], steps: int, tolerance: float) -> dict[str, Any]:
    """Train without a break, and with a kill -9 in the second epoch; compare the ends bit by bit."""
    before, after = counts
    plain = prepared(cfg, steps, epochs=2, still=before != after)
    plain.callback.checkpoint.every_steps = max(2, steps // 3)
    _train(plain, place / "whole", before)
    struck = plain.copy()
    struck.callback.strike = {"_target_": "runner.inspect.proof.Strike", "at": steps + steps // 2 + 1}
    if _train(struck, place / "killed", before, fails=True) == 0:
        raise RuntimeError("the run that was to be killed had ended before: take fewer --steps, or more data")
    _train(plain, place / "killed", after)
    folders = [place / "whole", place / "killed"]
    found = compared(["without a break", "killed and resumed"], folders, tolerance)
    differing = same_bits(folders)
    said = f"weights and optimizer: {f'other bits, first in {differing}' if differing else 'the same bits'}"
    if before != after:
        said += f" (saved by {before}, resumed by {after}: only the losses have to agree)\n{STILL}"
    proven = found["proven"] and (not differing or before != after)
    return {**found, "proven": proven, "same_bits": differing is None, "notes": [*found["notes"], said]}


def prepared(cfg: DictConfig, steps: int, epochs: int, still: bool) -> DictConfig:
    """Return a short training of the same parts, whose losses are all written down and which is tracked nowhere."""
    from omegaconf import OmegaConf, open_dict

    short = cfg.copy()
    with open_dict(short):
        short.epochs, short.expect = epochs, {}
        short.debug = {"_target_": "runner.debug.limit.Limit", "train": steps, "valid": None, "test": None}
        for name in ("mlflow", "progress"):
            short.callback.pop(name, None)
        short.callback.record = {"_target_": "runner.callback.record.Record", "every_steps": 1}
        short.callback.checkpoint = {"_target_": "runner.callback.checkpoint.Checkpoint"}
        short.callback.witness = {"_target_": "runner.inspect.proof.Witness", "still": still}
        if still:
            short.hardware.sync_batch_norm, short.hardware.accumulate = True, 1
    assert OmegaConf.is_dict(short)
    return short


def _train(cfg: DictConfig, folder: Path, processes: int, *, fails: bool = False) -> int:
    from runner.verb._apart import train_apart

    cfg.hardware.processes = processes
    code = train_apart(cfg, folder, quiet=fails)
    if code and not fails:
        raise RuntimeError(f"the training failed with exit code {code}: {_last(folder / 'log.txt')}")
    return code


def _last(log: Path) -> str:
    """Return the last line of a log that is no part of a traceback."""
    told = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return next((line for line in reversed(told) if line and not line.startswith(" ")), "it has no log")
