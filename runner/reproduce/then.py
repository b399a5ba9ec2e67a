"""What a run depended on besides its configuration, then and now."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runner.environment import VARIABLES, environment
from runner.sources import digest_of, own

COMPUTING = ("torch", "torchvision", "numpy", "scikit-learn")
"""Packages that results come from; others only compose, search and track."""

SHORT = 12
"""Digits of a sha256 that people are shown."""


@dataclass(frozen=True)
class Difference:
    """Something that a result depends on, and that is not as it was."""

    what: str
    then: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.what}: {_shown(self.then)} then, {_shown(self.now)} now"


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    text = str(value)
    return text[:SHORT] if len(text) in (40, 64) and all(sign in "0123456789abcdef" for sign in text) else text


def of_code(then: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what differs of the code that a run imported: this package, the user's files, files it was told to read.

    Args:
        then: The run's ``environment.json``.
    """
    code = then.get("code") or {}
    if code.get("runner") not in (None, own()):
        yield Difference("code of runner", code["runner"], own())
    for path, digest in {**(code.get("files") or {}), **(then.get("files") or {})}.items():
        now = digest_of(path)
        if now != digest:
            yield Difference(f"code {path}" if path.endswith(".py") else f"file {path}", digest, now)


def same_code(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two processes' ``environment.json`` name the same code, as far as both have imported it."""
    first, second = (part.get("code") or {} for part in (one, other))
    files, others = (code.get("files") or {} for code in (first, second))
    same = all(others.get(path, digest) == digest for path, digest in files.items())
    return same and first.get("runner") == second.get("runner")


def of_packages(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what differs of Python and of the packages that results come from."""
    before, installed = then.get("packages") or {}, now["packages"]
    for name in COMPUTING:
        if name in before and before[name] != installed.get(name):
            yield Difference(f"package {name}", before[name], installed.get(name))
    if then.get("python") not in (None, now["python"]):
        yield Difference("python", then["python"], now["python"])


def of_git(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what differs of the repository that the working directory is in, whether it was imported or not."""
    before, after = then.get("git") or {}, now["git"] or {}
    if before.get("commit") != after.get("commit"):
        yield Difference("commit", before.get("commit"), after.get("commit"))
    elif before.get("patch") != after.get("patch"):
        lines = [f"{len((state.get('patch') or '').splitlines())} lines" for state in (before, after)]
        yield Difference("uncommitted changes", *lines)


def of_machine(then: Mapping[str, Any], now: Mapping[str, Any], hardware: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what differs of the machine and of what it is told by variables.

    Args:
        then: The run's ``environment.json``.
        now: ``environment()``.
        hardware: Device, precision and threads that a training would now have.
    """
    for name, value in {"platform": now["platform"], **hardware}.items():
        if name in then and then[name] != value:
            yield Difference(name, then[name], value)
    before = then.get("variables") or {}
    settled = then.get("threads") == hardware["threads"]  # whatever has told torch how many there are
    for name in VARIABLES:
        told = name != "SLURM_JOB_ID" and not (settled and name.endswith("_NUM_THREADS"))
        if told and before.get(name) != os.environ.get(name):
            yield Difference(f"variable {name}", before.get(name), os.environ.get(name))


def differences(then: Mapping[str, Any], hardware: Mapping[str, Any]) -> list[Difference]:
    """Return everything that is known to differ, but for the data, which have to be loaded to be known."""
    now = environment()
    return [*of_code(then), *of_git(then, now), *of_packages(then, now), *of_machine(then, now, hardware)]


def decisive(then: Mapping[str, Any]) -> list[Difference]:
    """Return what makes a result another one, or may; a commit that changes nothing that was imported does not."""
    return [*of_code(then), *of_packages(then, environment())]
