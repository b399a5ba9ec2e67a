"""A training in a process of its own, for ``runner verify``; not a verb: ``python -m runner.verb._apart FROZEN``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runner.child import modules
from runner.recorded import in_yaml
from runner.secret import unmasked

if TYPE_CHECKING:
    from omegaconf import DictConfig


def train_apart(cfg: DictConfig, folder: Path, quiet: bool = False) -> int:
    """Train, from the folder's checkpoint if it has one, and return the exit code.

    Args:
        cfg: Composed and checked.
        folder: Of the run; made if it is not there.
        quiet: What it says is expected, and would alarm.
    """
    folder.mkdir(parents=True, exist_ok=True)
    frozen = folder.with_suffix(".yaml")
    frozen.touch(mode=0o600)  # it may hold secrets
    frozen.write_text(in_yaml(unmasked(cfg)), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": modules()}
    command = [sys.executable, "-P", "-m", "runner.verb._apart", str(frozen), str(folder)]
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL if quiet else None, check=False
    ).returncode


def main(frozen: str, folder: str) -> int:
    """Train; errors are told in the run's log, and in a line on the terminal."""
    from omegaconf import OmegaConf

    from runner.interrupt import Interrupted
    from runner.train import train

    cfg = OmegaConf.load(frozen)
    Path(frozen).unlink()
    assert OmegaConf.is_dict(cfg)
    try:
        train(cfg, Path(folder), [])  # type: ignore[arg-type]
    except Interrupted as stop:
        return 128 + stop.signum
    except Exception:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
