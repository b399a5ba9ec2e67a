"""A run trained again, in a folder of its own, as its record says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.chosen import noted
from runner.durable import read_json
from runner.folder import OUTPUTS, identity, is_live, reserve
from runner.past import earlier
from runner.recorded import describe, flat, overrides
from runner.reproduce.then import Difference, differences
from runner.secret import MASK

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from runner.beside import Beside

WHY_NOT = {
    "interrupted": "it did not come to its end: runner resume {run} first",
    "failed": "it failed: there is no result to reproduce",
    "pruned": "a search stopped it, for what other trials had come to: there is no test result to reproduce",
    "infeasible": "it could not be trained: there is no result to reproduce",
    "running": "it is still running",
}


def impossible(folder: Path) -> str | None:
    """Return why a run cannot be trained again as it was, or None."""
    name, status = identity(folder), describe(folder)["status"]
    if is_live(folder):
        status = "running"
    if status in WHY_NOT:
        return f"{name} cannot be reproduced: {WHY_NOT[status].format(run=name)}"
    if not read_json(folder / "environment.json") or not (folder / "metrics.jsonl").is_file():
        return f"{name} cannot be reproduced: it has no record (callback.record) to compare with"
    for part in earlier(folder):
        if "epochs" in part["changed"]:
            before, after = part["changed"]["epochs"]
            return (
                f"{name} cannot be reproduced: it was resumed with epochs={after} instead of {before}, and no one "
                "command trains so: the schedule of its first part was made for another number"
            )
    return None


def prepared(cfg: DictConfig, then: dict[str, Any], *, track: bool, quiet: bool) -> DictConfig:
    """Return the configuration to train with: as it was, on as many threads and processes as there were.

    Args:
        cfg: As it was written down.
        then: The run's ``environment.json``.
        track: Whether it is to be tracked by MLflow as it was.
        quiet: Without the terminal's progress.

    Raises:
        ValueError: It holds a secret that was not written down.
    """
    from omegaconf import OmegaConf, open_dict

    again = cfg.copy()
    with open_dict(again):
        for name in (*(() if track else ("mlflow",)), *(("progress",) if quiet else ())):
            if again.get("callback"):
                again.callback.pop(name, None)
        if again.hardware.get("threads", 0) is None and then.get("threads"):
            again.hardware.threads = then["threads"]
        if again.hardware.get("processes", 1) != 1 and then.get("processes"):
            again.hardware.processes = then["processes"]
    written = flat(OmegaConf.to_container(again, resolve=False))
    hidden = [str(key) for key, value in written.items() if value == MASK]
    if hidden:
        raise ValueError(f"{', '.join(hidden)}: a secret that was not written down")
    assert OmegaConf.is_dict(again)
    return again


def checked(cfg: DictConfig, then: dict[str, Any]) -> list[Difference]:
    """Return everything that is known to differ, but for the data; imports torch."""
    import torch

    from runner.make import make

    hardware = make(cfg.hardware)
    if cfg.hardware.get("threads"):
        torch.set_num_threads(cfg.hardware.threads)  # also data and statistics are computed on as many as then
    now = {"device": str(hardware.device), "precision": hardware.precision, "threads": torch.get_num_threads()}
    return differences(then, now)


def other_data(cfg: DictConfig, then: dict[str, Any], beside: Beside) -> Difference | None:
    """Load the data, and return how they differ, if they do.

    Args:
        cfg: Of the training.
        then: The run's ``environment.json``.
        beside: Keeps what was loaded for the training.
    """
    from runner.make import make, plain

    before = (then.get("data") or {}).get("fingerprint")
    data = make(cfg.dataset)
    splits = beside.resident(plain(cfg.dataset), data.load) if beside.resident else data.load()
    if before is None or splits.fingerprint == before:
        return None
    return Difference(f"data fingerprint of {data.name}", before, splits.fingerprint)


def trained(cfg: DictConfig, folder: Path, beside: Beside) -> Path:
    """Train in a new folder and return it."""
    from runner.train import train

    new = reserve(OUTPUTS)
    try:
        train(cfg, new, overrides(folder), beside, noted(folder))
    except Exception as error:
        error.add_note(str(new))  # where its log is
        raise
    return new
