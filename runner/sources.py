"""Which code computed a result: a sha256 of every file of ours, and of each of the user's that was imported.

A commit names code only if everything is committed, and every commit is another one, even if it changes no more than a
README. What was imported says it exactly; what git says is recorded beside it, for people.
"""

from __future__ import annotations

import functools
import hashlib
import os
import site
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.durable import sha256

PACKAGE = Path(__file__).parent


@functools.cache
def own() -> str:
    """Return the sha256 over the names and contents of this package's files."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(str(path.relative_to(PACKAGE)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def imported() -> dict[str, str]:
    """Return the sha256 of each file that modules came from which are neither installed nor Python's own.

    A file is read once: what this process has imported does not change when the file does. Paths are relative to the
    working directory where they can be.
    """
    foreign = installed_in()
    here = os.getcwd() + os.sep
    found = {}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and not file.startswith(foreign):
            path = os.path.abspath(file)
            digest = None if path.startswith(foreign) else once(path)
            if digest is not None:
                found[path.removeprefix(here)] = digest
    return dict(sorted(found.items()))


@functools.cache
def installed_in() -> tuple[str, ...]:
    """Return the beginnings of the paths of what is installed, this package included."""
    paths = sysconfig.get_paths()
    folders = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders |= {*site.getsitepackages(), site.getusersitepackages(), str(PACKAGE)}
    folders |= {sys.prefix} if sys.prefix != sys.base_prefix else set()
    folders |= {os.path.realpath(folder) for folder in folders}
    return tuple(sorted(folder + os.sep for folder in folders))


@functools.cache
def once(path: str) -> str | None:
    """Return the sha256 of a file as it was when it was first asked for; None if there is none."""
    return digest_of(path)


def digest_of(path: str | Path) -> str | None:
    """Return the sha256 of a file as it is; None if there is none that can be read."""
    try:
        return sha256(path)
    except OSError:
        return None


def named_files(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the sha256 of each file that a configuration names, such as weights to begin with.

    Not of the dataset's, which has a fingerprint of its own.

    Args:
        config: As plain values.
    """
    found: dict[str, str] = {}

    def look(node: Any) -> None:
        if isinstance(node, Mapping):
            for value in node.values():
                look(value)
        elif isinstance(node, list):
            for value in node:
                look(value)
        elif isinstance(node, str) and 0 < len(node) < 4096 and "\0" not in node and os.path.isfile(node):
            digest = digest_of(node)
            if digest is not None:
                found[node] = digest

    look({key: value for key, value in config.items() if key not in ("dataset", "callback")})
    return found
