"""One of several processes of a run: ``python -m runner.worker FROZEN.yaml``, which ``runner.supervise`` starts."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import yaml

from runner import stream
from runner.agent import tell
from runner.child import die_with_parent
from runner.company import leave
from runner.interrupt import GRACE, Interrupted, Mortal
from runner.overdue import present, through


def main(frozen: str) -> int:
    """Train as one of the processes; return the exit code."""
    die_with_parent()
    stream.prepare()
    place, rank = Path(frozen).parent, int(os.environ.get("RANK", "0"))
    with Mortal(GRACE) as interrupt:  # before what takes long to import
        present(place, rank)
        try:
            train_part(Path(frozen), interrupt)
            through(place, rank)
            return 0
        except Interrupted as stop:
            return 128 + stop.signum
        except Exception as error:
            tell(error)
            return 1


def train_part(frozen: Path, interrupt: Mortal) -> None:
    """Meet the others, and train with them."""
    from omegaconf import OmegaConf

    from runner.beside import Beside
    from runner.hardware.meeting import first, join
    from runner.log import logged
    from runner.redact import remember
    from runner.secret import hidden_in
    from runner.train import work

    words = yaml.safe_load(frozen.read_text(encoding="utf-8"))
    cfg, folder = OmegaConf.create(words["config"]), Path(words["folder"])
    remember(hidden_in(cfg))
    timeout = float(cfg.hardware.timeout)
    interrupt.grace = min(GRACE, timeout)
    rank = join(timeout).rank
    first(frozen.unlink)  # all have met, and so have read it: it may hold secrets
    with logged(folder, rank, told=0 if rank else logging.WARNING):
        work(cfg, folder, words["overrides"], interrupt, Beside.of(words["beside"]))


if __name__ == "__main__":
    leave(main(sys.argv[1]))
