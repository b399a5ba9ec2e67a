"""What a result depended on besides its configuration: code, packages, machine."""

from __future__ import annotations

import functools
import getpass
import hashlib
import importlib.metadata
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

from runner import sources
from runner.redact import redacted_patch

PACKAGES = (
    "runner",
    "torch",
    "torchvision",
    "numpy",
    "hydra-core",
    "omegaconf",
    "mlflow",
    "optuna",
    "scikit-learn",
)
VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
    "CUBLAS_WORKSPACE_CONFIG",
    "SLURM_JOB_ID",
)
PATCH_LIMIT = 1_000_000
COMPUTING = ("runner", "torch", "torchvision", "numpy", "scikit-learn")
"""Packages whose versions decide what is computed; the others only write it down."""


def environment() -> dict[str, Any]:
    """Return code state, package versions and machine, as plain values; the same call on any machine.

    Of the environment only ``VARIABLES`` are told, and of uncommitted changes no value of a name that looks secret.
    """
    variables = {name: os.environ[name] for name in VARIABLES if name in os.environ}
    lasts = lasting(os.getcwd())
    state = lasts["git"] and {**lasts["git"], "patch": redacted_patch(lasts["git"]["patch"])}
    return {**lasts, "git": state, "code": code(), "variables": variables}


def code() -> dict[str, Any]:
    """Return which code this process runs: ours, and the user's files that it has imported so far."""
    return {"runner": sources.own(), "files": sources.imported()}


@functools.cache
def lasting(folder: str) -> dict[str, Any]:
    """Return what does not change while a process lives: its code and packages are those that it has imported.

    Args:
        folder: The working directory.
    """
    return {
        "git": git(),
        "packages": {name: version for name in PACKAGES if (version := installed(name))},
        "python": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "host": platform.node(),
        "user": user(),
        "processors": os.cpu_count(),
    }


def conditions(device: torch.device) -> dict[str, str]:
    """Return what the bits of a result depend on besides its configuration, each in words; equal words, equal bits.

    Args:
        device: Where it is computed.
    """
    import torch

    known = lasting(os.getcwd())
    found = {name: known["packages"][name] for name in COMPUTING if name in known["packages"]}
    found |= {"Python": known["python"], "device": device.type, "the code": revision(known["git"])}
    if device.type == "cuda":
        found |= {"device": torch.cuda.get_device_name(device), "cuDNN": str(torch.backends.cudnn.version())}
    else:
        found["CPU capability"] = torch.backends.cpu.get_cpu_capability()
    return found


def revision(state: Mapping[str, Any] | None) -> str:
    """Return in words which code that is: the commit, and a short name of what was changed since."""
    if state is None:
        return "not in a repository"
    return f"commit {state['commit'][:12]}" + (f" with changes {state['patch_sha256'][:12]}" if state["patch"] else "")


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return what has changed between two conditions, one by one in words; what only one of them knows is left out."""
    return [f"{name} changed from {was} to {now[name]}" for name, was in before.items() if now.get(name, was) != was]


def installed(package: str) -> str | None:
    """Return the version of an installed package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def user() -> str:
    """Return the user's name; a container may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def git() -> dict[str, Any] | None:
    """Return commit and uncommitted changes of the working directory's repository; None outside of one."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return None
    patch = _git("diff", "HEAD") or ""
    return {
        "commit": commit.strip(),
        "dirty": bool(_git("status", "--porcelain")),
        "patch_sha256": hashlib.sha256(patch.encode()).hexdigest() if patch else None,
        "patch": patch if len(patch) <= PATCH_LIMIT else f"(a patch of {len(patch)} characters is not kept)",
    }


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], capture_output=True, text=True, timeout=10, errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
