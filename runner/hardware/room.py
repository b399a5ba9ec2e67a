"""How much memory a process may still take on the CPU's side: what the machine, its container and its shell leave."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import psutil

CGROUPS = Path("/sys/fs/cgroup")
LIMITS = (
    ("memory.max", "memory.current"),
    ("memory.high", "memory.current"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes"),
)
"""Files with a limit and with what is taken of it, in bytes; of the second and of the first version of cgroups."""


def room() -> int:
    """Return the bytes that this process could take before the machine, its container or its shell has no more."""
    process = psutil.Process().memory_info()
    left = [psutil.virtual_memory().available, *container_room()]
    for name, taken in (("RLIMIT_AS", process.vms), ("RLIMIT_DATA", getattr(process, "data", 0))):
        limit, _ = resource.getrlimit(getattr(resource, name))
        left += [limit - taken] if limit >= 0 else []
    return max(0, min(left))


def container_room(cgroups: Path = CGROUPS, membership: Path = Path("/proc/self/cgroup")) -> Iterator[int]:
    """Yield the bytes that each memory limit around this process leaves; file caches that can go at once count as free.

    Args:
        cgroups: Where control groups are mounted.
        membership: The groups of this process, as the kernel tells them: ``0::/path`` and ``4:memory:/path``.
    """
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return  # not Linux
    for _, controllers, path in (line.split(":", 2) for line in lines):
        if controllers and "memory" not in controllers.split(","):
            continue
        root = cgroups / "memory" if controllers else cgroups
        inner = root / path.lstrip("/")
        for folder in (inner, *inner.parents):
            if folder.is_relative_to(root):  # a limit further up holds for all below
                yield from _left(folder)


def _left(folder: Path) -> Iterator[int]:
    for limit_file, taken_file in LIMITS:
        limit, taken = _number(folder / limit_file), _number(folder / taken_file)
        if limit is not None and taken is not None:
            yield limit - taken + _cache(folder / "memory.stat")


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # no such file; or "max": no limit
        return None


def _cache(path: Path) -> int:
    try:
        found = dict(line.split() for line in path.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError):
        return 0
    return int(found.get("total_inactive_file", found.get("inactive_file", 0)))
