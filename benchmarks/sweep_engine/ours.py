"""``python -m benchmarks.sweep_engine.ours WORDS...``: our search with trials that do nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.sweep_engine.trial import done


def trial(cfg: Any, folder: Path, *rest: Any, **more: Any) -> SimpleNamespace:
    """Do what ``runner.sweep.trial.train_trial`` does, without a training."""
    value = done(int(folder.name), cfg.optimizer.lr, cfg.optimizer.weight_decay)
    return SimpleNamespace(
        state="COMPLETE", values=[value], seconds=0.0, epochs=1, reason="", per_seed=[[value]], spoilt=False
    )


def main(*words: str) -> int:
    """Search as ``runner -m WORDS`` does, after the same check but for building the parts: that is of a training."""
    from runner.check import report
    from runner.command import read_command
    from runner.compose import hydra_for
    from runner.sweep.examine import examine_search
    from runner.sweep.search import search

    command = read_command(["-m", *words])
    with hydra_for(command) as loader:
        checked = examine_search(command, loader, deep=False)
        if checked.problems or checked.search is None:
            return report(checked.problems)
        return search(command, loader, checked.search, task="benchmarks.sweep_engine.ours.trial")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
