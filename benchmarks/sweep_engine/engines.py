"""The engines that are measured, each as a command line for so many trials."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.process import ROOT, environment
from benchmarks.sweep_engine.measure import Spent, spent

HERE = Path(__file__).parent
PEERS = ROOT / "outputs" / "sweep-peers"
PACKAGES = ("hydra-core==1.3.8", "hydra-optuna-sweeper==1.3.*", "hydra-joblib-launcher==1.2.*", "optuna<3")
RAY = ("ray[tune]",)

VALUES = ("optimizer.lr=interval(0.01,1.0)", "optimizer.weight_decay=interval(0.0,1.0)")
"""A search over two numbers."""
PARTS = (*VALUES, "model=cnn,mlp", "schedule=cosine,onecycle,linear")
"""A search over numbers and parts: six configurations that have to be composed."""


@dataclass(frozen=True)
class Engine:
    """An engine, or one way to use it.

    Attributes:
        name: For the table.
        command: From the number of trials to the program.
        variables: Of its environment.
        trials: More are too many.
    """

    name: str
    command: Callable[[int], list[str]]
    variables: Mapping[str, str] = field(default_factory=environment)
    trials: int = 1000

    def run(self, trials: int, sleep: str = "0") -> Spent:
        """Do so many trials."""
        found = spent(self.command(trials), self.variables, sleep)
        if found.trials != trials:
            raise RuntimeError(f"{self.name}: {found.trials} trials instead of {trials}")
        return found


def ours(jobs: int, words: tuple[str, ...] = VALUES, sampler: str = "bayes") -> Engine:
    """Return our engine."""
    about = "parts and values" if words is PARTS else "values"
    fixed = ["sweep/pruner=none", "sweep.name=bench", "~callback.mlflow", f"sweep={sampler}", f"sweep.jobs={jobs}"]

    def command(trials: int) -> list[str]:
        return [sys.executable, "-m", "benchmarks.sweep_engine.ours", *fixed, f"sweep.trials={trials}", *words]

    return Engine(f"runner, {sampler}, {about}, {workers(jobs)}", command, environment(elsewhere=True))


def hydra(python: Path, jobs: int, words: tuple[str, ...] = VALUES) -> Engine:
    """Return Hydra's sweeper with Optuna, and with several workers its launcher with joblib."""
    about = "parts and values" if words is PARTS else "values"
    launcher = ["hydra/launcher=joblib", f"hydra.launcher.n_jobs={jobs}"] if jobs > 1 else []
    fixed = ["hydra/sweeper=optuna", "hydra/sweeper/sampler=tpe", "hydra.sweeper.direction=maximize", *launcher]

    def command(trials: int) -> list[str]:
        counts = [f"hydra.sweeper.n_trials={trials}", f"hydra.sweeper.n_jobs={jobs}"]
        return [str(python), str(HERE / "hydra_peer.py"), "-m", *fixed, *counts, *words]

    name = "hydra-optuna-sweeper + joblib" if jobs > 1 else "hydra-optuna-sweeper"
    return Engine(f"{name}, {about}, {workers(jobs)}", command, without_ours())


def ray(python: Path, jobs: int) -> Engine:
    """Return Ray Tune."""

    def command(trials: int) -> list[str]:
        return [str(python), str(HERE / "ray_peer.py"), str(trials), str(jobs)]

    return Engine(f"Ray Tune, values, {workers(jobs)}", command, without_ours(), trials=10)


def workers(jobs: int) -> str:
    return "1 worker" if jobs == 1 else f"{jobs} workers"


def without_ours() -> dict[str, str]:
    """Return an environment for a Python that is not this one."""
    return {name: value for name, value in {**os.environ, "OMP_NUM_THREADS": "1"}.items() if name != "PYTHONPATH"}


def peers(folder: Path, packages: tuple[str, ...] = PACKAGES) -> Path | str:
    """Return the Python that has the peers, made and filled if it is not there; or why there is none."""
    python = folder / "bin" / "python"
    modules = (
        "ray.tune" if packages is RAY else "hydra_plugins.hydra_optuna_sweeper, hydra_plugins.hydra_joblib_launcher"
    )
    if python.exists() and subprocess.run([python, "-c", f"import {modules}"], capture_output=True).returncode == 0:
        return python
    try:
        venv.create(folder, with_pip=True)
        words = [str(python), "-m", "pip", "install", "--quiet", *packages]
        subprocess.run(words, capture_output=True, text=True, check=True, timeout=1200)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        return said[-1] if said else str(error)
    return python
