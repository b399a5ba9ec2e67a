"""Whether the files and folders that a configuration names are there, where a signature says that a text is a path."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from os.path import basename, dirname, exists, isdir, isfile
from typing import Any, get_args

from runner.check.problem import Problem
from runner.check.signature import signature_at
from runner.types import Existing


def check_paths(node: object, path: str = "") -> Iterator[Problem]:
    """Look for what the keys of a plain tree name.

    Args:
        node: A part of a configuration that is otherwise right.
        path: Its key.
    """
    if not isinstance(node, Mapping):
        return
    target = node.get("_target_")
    signature = signature_at(path, target) if isinstance(target, str) else None
    for name, value in node.items():
        key = f"{path}.{name}" if path else str(name)
        parameter = signature.parameters.get(name) if signature is not None else None
        mark = next(_marks(parameter.annotation), None) if parameter is not None else None
        if mark is not None and isinstance(value, str) and value != "???" and (wrong := absent(value, mark.kind)):
            yield Problem(f"{key}={value}: {wrong}", key=key)
        yield from check_paths(value, key)


def absent(text: str, kind: str) -> str:
    """Return what is wrong with a path, and the nearest name that is there; empty if nothing is.

    Args:
        text: The path.
        kind: Of ``Existing``.
    """
    path = os.path.expanduser(text)
    if {"file": isfile, "folder": isdir, "files": exists}[kind](path):
        return ""
    if kind == "files":
        matched = next(glob.iglob(path, recursive=True), None)
        return "" if matched else f"no such file or folder, and no pattern with matches{_like(path)}"
    if exists(path):
        return f"this is a {'file, not a folder' if kind == 'folder' else 'folder, not a file'}"
    path = path.rstrip("/")
    while dirname(path) and not isdir(dirname(path)):  # the first that is missing on the way
        path, kind = dirname(path), "folder"
    return f"there is no {kind} {path}{_like(path)}"


def _like(path: str) -> str:
    try:
        near = get_close_matches(basename(path), os.listdir(dirname(path) or "."), n=1, cutoff=0.7)
    except OSError:
        near = []
    return f": did you mean {os.path.join(dirname(path), near[0])}?" if near else ""


def _marks(annotation: Any) -> Iterator[Existing]:
    """Yield the marks of a type, of ``Folder | None`` too."""
    for part in get_args(annotation):
        if isinstance(part, Existing):
            yield part
        else:
            yield from _marks(part)
