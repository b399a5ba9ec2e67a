"""What is different between the code of two runs: of their commits and of what was not committed, as one patch."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from runner.secret import mask_code


@dataclass(frozen=True)
class Code:
    """Two states of a repository.

    Attributes:
        commits: Of the two; None outside of a repository.
        same: Whether the code was the same; a commit in between may have changed nothing but the history.
        patch: From the first to the second; secrets are masked.
        note: What ``patch`` is, if it is not from all of the code to all of the code.
    """

    commits: tuple[str | None, str | None]
    same: bool
    patch: str = ""
    note: str = ""


def compare(first: Mapping[str, Any] | None, second: Mapping[str, Any] | None, repository: Path | None = None) -> Code:
    """Compare what two runs wrote down about their code.

    Args:
        first, second: ``git`` of their ``environment.json``; None: they were outside of a repository.
        repository: Where their commits may be found; None: in the working directory.
    """
    states = [first or {}, second or {}]
    commits = (states[0].get("commit"), states[1].get("commit"))
    patches = [str(state.get("patch") or "") for state in states]
    if commits[0] == commits[1] and patches[0] == patches[1]:
        return Code(commits, same=True)
    if all(commits):
        patch = between([(str(c), p) for c, p in zip(commits, patches, strict=True)], repository or Path.cwd())
        if patch is not None:
            return Code(commits, same=not patch, patch=mask_code(patch))
    before, after = (text.splitlines(keepends=True) for text in patches)
    patch = "".join(unified_diff(before, after, "what the first had changed", "what the second had changed"))
    note = "" if commits[0] == commits[1] else "the commits are not in the repository here: "
    return Code(commits, same=False, patch=mask_code(patch), note=f"{note}only what was not committed is compared")


def between(states: list[tuple[str, str]], repository: Path) -> str | None:
    """Return the patch from one commit with its uncommitted changes to another, or None if git cannot tell.

    The trees are made in a folder of their own: neither the repository nor the working directory is touched.
    """
    with tempfile.TemporaryDirectory(prefix="runner-diff-") as place:
        objects = _git(repository, {}, "rev-parse", "--path-format=absolute", "--git-path", "objects")
        if objects is None:
            return None
        (Path(place) / "objects").mkdir()
        around = {"GIT_OBJECT_DIRECTORY": f"{place}/objects", "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects.strip()}
        trees = []
        for number, (commit, patch) in enumerate(states):
            index = {**around, "GIT_INDEX_FILE": f"{place}/index{number}"}
            if _git(repository, index, "read-tree", commit) is None:
                return None
            if patch and _git(repository, index, "apply", "--cached", "--whitespace=nowarn", "-", given=patch) is None:
                return None
            trees.append(_git(repository, index, "write-tree"))
        if None in trees:
            return None
        words = ("diff", "--no-color", "--no-ext-diff", "--no-textconv", *(str(tree).strip() for tree in trees))
        return _git(repository, around, *words)


def _git(repository: Path, variables: dict[str, str], *words: str, given: str = "") -> str | None:
    """Return what git says, from the top of the repository, to which the paths of a patch belong."""
    root = _top(repository)
    if root is None:
        return None
    try:
        done = subprocess.run(
            ["git", *words],
            cwd=root,
            env={**os.environ, **variables},
            input=given,
            capture_output=True,
            text=True,
            timeout=30,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _top(repository: Path) -> Path | None:
    words = ["git", "rev-parse", "--show-toplevel"]
    try:
        done = subprocess.run(words, cwd=repository, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Path(done.stdout.strip()) if done.returncode == 0 else None
