"""predict what a run was trained for: of files, or of a part of its own data"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runner.folder import find, read_json, write_json, write_text

if TYPE_CHECKING:
    from omegaconf import DictConfig
    from torch import nn

    from runner.dataset.data import Data, Splits
    from runner.hardware.hardware import Hardware
    from runner.predictions import Row

EXAMPLE = "runner predict latest pictures/ --out predictions.csv"

PARTS = ("train", "valid", "test")
BATCH = 256
SUFFIXES = (".csv", ".json")


def main(argv: list[str]) -> int:
    """Print or write a row for each sample."""
    parser = argparse.ArgumentParser(
        prog="runner predict",
        usage="runner predict [-h] RUN FILE [FILE ...] [--out FILE] [--top K] [--weights NAME [NAME ...]] [--json]",
        description=__doc__,
        epilog=f"example: {EXAMPLE}",
    )
    parser.add_argument("run", help="a run's folder, its id, the beginning of its id, or latest")
    parser.add_argument(
        "what", nargs="+", metavar="FILE", help="pictures, texts or folders of them; a table; or test, valid, train"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write .csv or .json instead of printing")
    parser.add_argument("--top", type=int, default=1, metavar="K", help="the K most probable classes")
    parser.add_argument(
        "--weights", nargs="+", default=["best"], metavar="NAME", help="best, last, snapshot-1 ...; several: their mean"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args(argv)
    out: Path | None = arguments.out
    from runner.predictions import as_csv, as_table

    try:
        if out and out.suffix not in SUFFIXES:
            raise ValueError(f"--out {out}: the ending decides the format: {' or '.join(SUFFIXES)}")
        if out and not out.parent.is_dir():
            raise ValueError(f"--out {out}: there is no folder {out.parent}")
        if arguments.top < 1:
            raise ValueError(f"--top must be >= 1, got {arguments.top}")
        folder = find(arguments.run)
        rows = predicted(folder, arguments.what, arguments.top, arguments.weights)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if out:
        write_json(out, rows) if out.suffix == ".json" else write_text(out, as_csv(rows))
    if arguments.json:
        found = {"out": str(out)} if out else {"predictions": rows}
        print(json.dumps({"run": folder.name, "weights": arguments.weights, "samples": len(rows), **found}))
    else:
        print(f"{len(rows):,} predictions in {out}" if out else as_table(rows))
    return 0


def predicted(folder: Path, what: list[str], top: int, weights: list[str]) -> list[Row]:
    """Return a row for each sample.

    Raises:
        ValueError: The run, its weights or a file cannot be used; the message says which.
    """
    import torch

    from runner.build import make_model, target_facts
    from runner.dataset.batch import Batches
    from runner.dataset.data import Split
    from runner.inputs import read
    from runner.loop import forget
    from runner.make import make, plain
    from runner.predictions import described
    from runner.table_inputs import some

    cfg = buildable(folder)
    data: Data = make(cfg.dataset)
    if data.next_token:
        raise ValueError(f"{folder.name} is a language model, which goes on with a text: runner generate {folder.name}")
    part = what[0] if len(what) == 1 and what[0] in PARTS else None
    splits = data.load()
    check_same(folder, data, splits)
    if part:
        split: Split = getattr(splits, part)
        names: list[Row] = [{"index": index} for index in range(len(split))]
    else:
        keys = {str(key): plain(value) for key, value in cfg.dataset.items()}
        names, inputs = read(what, keys.pop("_target_"), keys, data, splits)
        split = Split(inputs, torch.zeros(len(names), dtype=torch.int64))
    task = make(cfg.task, **target_facts(data, splits))
    hardware = hardware_of(cfg)
    model = hardware.place(trained(make_model(cfg, data, task), folder, weights)).eval()
    forget(model)
    batches = Batches(split, BATCH, mean=splits.mean, std=splits.std, device=hardware.device, view=data.view)
    found: list[Row] = []
    with torch.inference_mode(), hardware.context:
        for samples, targets in batches():
            values = task.predict(model(samples).float())
            found += described(values, targets if part else None, data.classes, top)
    if broken := getattr(split.inputs, "broken", None):
        raise ValueError(f"cannot be read: {some(broken)}")
    return [{**name, **row} for name, row in zip(names, found, strict=True)]


def buildable(folder: Path) -> DictConfig:
    """Return the configuration of a run.

    Raises:
        ValueError: Its parts can no longer be built here: a file is gone, or a module.
    """
    from runner.check import problems_of
    from runner.verb.resume import read_config

    cfg = read_config(folder)
    problems = [problem.message for problem in problems_of(cfg) if problem.key != "hardware"]
    if problems:
        raise ValueError(f"{folder.name} can no longer be built: {'; '.join(problems)}")
    return cfg


def hardware_of(cfg: DictConfig) -> Hardware:
    """Return the hardware of a run, or the CPU, and say so, if this machine has no such device."""
    from hydra.errors import InstantiationException

    from runner.hardware.hardware import Hardware
    from runner.make import make

    try:
        hardware: Hardware = make(cfg.hardware)
    except InstantiationException as error:
        print(f"note: {error.__cause__}: the CPU is used instead", file=sys.stderr)
        hardware = Hardware(device="cpu")
    hardware.prepare()
    return hardware


def check_same(folder: Path, data: Data, splits: Splits) -> None:
    """Hold the data against those that the run recorded: other bytes are worth a note.

    Raises:
        ValueError: There are other classes or tokens: outputs would get wrong names.
    """
    known = read_json(folder / "environment.json").get("data", {})
    if "classes" in known and tuple(known["classes"]) != data.classes:
        raise ValueError(f"dataset {data.name} no longer has the classes that {folder.name} learned")
    if known.get("fingerprint", splits.fingerprint) != splits.fingerprint:
        print(f"note: dataset {data.name} has changed since {folder.name} learned from it", file=sys.stderr)


def trained(model: nn.Module, folder: Path, weights: list[str]) -> nn.Module:
    """Return a model with weights of a run, or the mean of several.

    Raises:
        ValueError: There are no such weights, or they do not fit.
    """
    from runner.build import with_weights

    try:
        return with_weights(model, folder, weights)
    except RuntimeError as error:
        text = str(error).splitlines()[-1].strip()
        raise ValueError(f"the weights of {folder.name} do not fit its model any more: {text}") from None
