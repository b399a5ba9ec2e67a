"""measure this machine: matrix products, memory, copies, all-reduce, and a model in training"""

from __future__ import annotations

import argparse
import importlib.util
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.folder import OUTPUTS
from runner.stream import document
from runner.verb._arguments import add_output

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from runner.loop import Run

EXAMPLE = "runner bench model=cnn --out bench.json"

SECONDS = 6.0
"""Of measuring, unless told; imports and the start of two processes come on top."""

Values = dict[str, Any]


def main(argv: list[str]) -> int:
    """Print what the machine can do, and how much of it the model of a recipe or of overrides uses."""
    parser = argparse.ArgumentParser(
        prog="runner bench",
        usage="runner bench [RECIPE.yaml] [key=value ...]\n"
        "                    [--seconds S] [--out FILE] [--track] [-q] [--json]",
        description=__doc__,
        epilog="Numbers are medians of repetitions, and behind them is how far the slowest and the fastest lie apart. "
        f"example: {EXAMPLE}",
        allow_abbrev=False,
    )
    parser.add_argument("--seconds", type=float, default=SECONDS, metavar="S", help=f"of measuring; {SECONDS:g}")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the JSON object there")
    parser.add_argument("--track", action="store_true", help="also log it to MLflow, experiment runner-bench")
    add_output(parser, quiet="print the model's samples a second only")
    arguments, words = parser.parse_known_args(argv)

    from runner.check import Problem, report
    from runner.configuration import composed

    cfg, problems = composed(words)
    if not arguments.seconds > 0:
        problems = [*problems, Problem(f"--seconds must be > 0, got {arguments.seconds:g}")]
    if arguments.out and not arguments.out.parent.is_dir():
        problems = [*problems, Problem(f"--out {arguments.out}: no folder {arguments.out.parent}")]
    if arguments.track and importlib.util.find_spec("mlflow") is None:
        problems = [*problems, Problem("--track needs mlflow, which is not installed: --out FILE keeps it too")]
    if problems or cfg is None:
        return report(problems)
    uri = ((cfg.get("callback") or {}).get("mlflow") or {}).get("uri")
    try:
        found = measured(cfg, arguments.seconds)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    from runner.machine.table import lines

    if arguments.json:
        document(found)
    elif arguments.quiet:
        print(f"{found['model'].get('samples_per_second', math.nan):.6g}")
    else:
        print("\n".join(lines(found)))
    if arguments.out:
        from runner.durable import write_json

        write_json(arguments.out, found)
    return tracked(found, uri, arguments.quiet) if arguments.track else 0


def measured(cfg: DictConfig, seconds: float) -> Values:
    """Measure everything in about so many seconds: the model first, while the process is small, then the machine.

    Raises:
        ValueError: The model cannot be built here.
    """
    from runner.machine import bench
    from runner.machine.facts import facts
    from runner.machine.throughput import utilisation

    begun = time.time()
    shares = {name: share * seconds for name, share in bench.SHARES.items()}
    model, device = in_training(cfg, shares["model"])
    found: Values = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begun)),
        "machine": {**facts(), "device": str(device)},
        "matmul": bench.matmul(device, shares["matmul"]),
        "memory": bench.bandwidth(device, shares["memory"]),
        "host_to_device": bench.transfer(device, shares["host_to_device"]),
        "all_reduce": bench.all_reduce(shares["all_reduce"]),
    }
    peak = found["matmul"].get(model["precision"], {}).get("flops_per_second")
    if "flops_per_second" in model:
        model |= {"peak_flops_per_second": peak, "mfu": utilisation(model["flops_per_second"], peak)}
    return {**found, "model": model, "seconds": time.time() - begun}


def in_training(cfg: DictConfig, seconds: float) -> tuple[Values, Any]:
    """Train on one batch again and again, with all that the hardware does, and keep nothing; return the device too."""
    from omegaconf import open_dict

    from runner.batchsize import settle_batch_size
    from runner.build import build
    from runner.interrupt import Interrupt
    from runner.machine.peak import Peak
    from runner.machine.throughput import training

    with open_dict(cfg):
        cfg.callback = {}
    with tempfile.TemporaryDirectory() as folder, Interrupt() as interrupt:
        settle_batch_size(cfg, interrupt)
        run = build(cfg, Path(folder), interrupt)
        interrupt.check()
        inputs, targets = next(iter(run.batches["train"]()))
        found: Values = {
            "dataset": run.facts["data"]["name"],
            "model": type(run.model).__name__,
            "batch_size": len(targets),
            "precision": run.hardware.precision,
            "processes": run.hardware.group.world,
            "unit": run.facts["data"]["unit"],
            "parameters": run.facts["parameters"],
        }
        device = run.hardware.device
        peak = Peak(run.model, device)
        try:
            timing = training(run.hardware, run.model, run.task.loss, inputs, targets, seconds, interrupt.check)
            size = peak.size()
            count = run.task.count(targets)
            flops = operations(cfg, run, inputs.cpu(), targets.cpu()) / count
        except (RuntimeError, ArithmeticError) as error:  # out of memory, or a loss that is not finite
            return {**found, "skipped": " ".join(str(error).split())}, device
    return {
        **found,
        "samples_per_second": count / timing.seconds,
        "seconds_per_step": timing.seconds,
        "spread": timing.spread,
        "flops_per_sample": flops,
        "flops_per_second": flops * count / timing.seconds,
        "peak_memory_bytes": size,
        "peak_memory_of": peak.meaning,
    }, device


def operations(cfg: DictConfig, run: Run, inputs: Any, targets: Any) -> float:
    """Return the floating-point operations of a step on a batch: counted on two of its samples, on the CPU."""
    from runner.build import make_model
    from runner.machine.throughput import work
    from runner.make import make, shared
    from runner.optimizer.groups import groups

    model = make_model(cfg, make(cfg.dataset), run.task)
    groups(model, **shared(cfg, "optimizer"))  # marks what is frozen
    few = slice(0, 2)
    return work(model, run.task.loss, inputs[few], targets[few]) / len(targets[few]) * len(targets)


def tracked(found: Values, uri: str | None, quiet: bool) -> int:
    """Log everything to the store that the words configure, else to that of the environment, or beside the runs."""
    from runner.machine.track import EXPERIMENT, track
    from runner.secret import mask_url
    from runner.tracking.store import Unreachable, choose

    where = choose(uri, OUTPUTS / "bench")
    try:
        run_id = track(found, where)
    except Unreachable as error:
        print(f"error: measured, but not tracked: {error}", file=sys.stderr)
        return 1
    if not quiet:
        print(f"tracked as {run_id} in experiment {EXPERIMENT} of {mask_url(where)}", file=sys.stderr)
    return 0
