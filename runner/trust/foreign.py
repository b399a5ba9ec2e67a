"""Runs and searches that this user has not made here: what they may say, and what becomes of the rest.

They may name the targets that the packaged ``conf/`` names, each of them exactly: a prefix such as ``torch.*`` would
hold ``torch.load``. Nothing is imported to judge a name. They may not read the environment, nor
lead out of their folder.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from runner.folder import identity, is_sweep
from runner.home import CONF
from runner.secret import mask_url
from runner.trust import given, ledger
from runner.trust.document import read_text
from runner.trust.printable import printable
from runner.trust.refused import refusal
from runner.trust.tree import interpolations, targets


class Untrusted(ValueError):
    """A file from elsewhere asks for what only the user may ask for."""


class Objection(NamedTuple):
    """What a file from elsewhere may not say.

    Attributes:
        text: What it says.
        name: What to write behind ``--trust`` if it may; empty: nobody can vouch for it.
    """

    text: str
    name: str = ""


def is_ours(folder: Path, text: str | None = None) -> bool:
    """Tell whether this user has made a run or a search here, just as it is, or vouches for everything.

    Args:
        folder: Of the run or the search.
        text: Of the file that says what it is, if it is read already.
    """
    if given.trusts_all():
        return True
    file = folder / ("sweep.yaml" if is_sweep(folder) else "config.yaml")
    return ledger.knows(identity(folder), read_text(file) if text is None else text)


@functools.cache
def packaged() -> frozenset[str]:
    """Return the targets that the packaged configuration names."""
    pattern = re.compile(r"^ *_target_: ([\w.]+)$", re.MULTILINE)
    return frozenset(
        name for path in CONF.rglob("*.yaml") for name in pattern.findall(path.read_text(encoding="utf-8"))
    )


def of_tree(tree: Any) -> Iterator[Objection]:
    """Yield what a configuration from elsewhere, as plain values, may not say."""
    for path, target in targets(tree):
        yield from of_target(path, target)
    for path, text, variables in interpolations(tree):
        unknown = sorted(name for name in variables if not given.trusts(f"oc.env:{name}"))
        if not variables:
            yield Objection(f"{path}={text} computes")
        yield from (Objection(f"{path}={text} reads the environment", f"oc.env:{name}") for name in unknown)


def of_target(key: str, target: object) -> Iterator[Objection]:
    """Yield that a target is not one that a file from elsewhere may name."""
    if not isinstance(target, str):
        yield Objection(f"{key} is no name but {type(target).__name__}")
    elif why := refusal(target):
        yield Objection(f"{key}={target}: {why}")
    elif target not in packaged() and not given.trusts_target(target):
        module, _, name = target.rpartition(".")
        exact = re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", target, re.ASCII)
        yield Objection(f"{key}={target} is none of the packaged parts", f"{module}:{name}" if exact else "")


def of_links(folder: Path) -> Iterator[Objection]:
    """Yield the links in a run or a search: what is read or written through them lies elsewhere."""
    runs = [folder, *_inside(folder / "trials")]
    for path in (*_inside(folder / "trials"), *(one for run in runs for one in _inside(run)), *_checkpoints(runs)):
        if path.is_symlink():
            name = path.relative_to(folder)
            yield Objection(f"{name} is a link, to {os.readlink(path)}: put the file itself there")


def _checkpoints(runs: Iterable[Path]) -> list[Path]:
    return [path for run in runs for path in _inside(run / "checkpoints")]


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []


def of_address(key: str, uri: Any, usual: Iterable[str | None] = ()) -> Iterator[Objection]:
    """Yield that a file from elsewhere names a store: what is known here, and passwords, would be sent there.

    Args:
        key: Where it says so.
        uri: The store; None: it names none.
        usual: Stores that would be used without it.
    """
    if uri is None:
        return
    if not isinstance(uri, str):
        yield Objection(f"{key} is no address but {type(uri).__name__}")
        return
    if uri in usual or given.trusts(uri):
        return
    if uri.startswith("sqlite:///") and uri.partition("?")[0].endswith("/mlflow.db") and ".." not in uri:
        return  # the default, of runs that were moved
    yield Objection(f"{key}={mask_url(uri)} is a place to send things to", uri if "://" in uri else "")


def refuse(name: str, objections: Iterable[Objection], instead: str = "") -> None:
    """Raise if there are objections.

    Args:
        name: Of the run or the search.
        objections: To it.
        instead: What to do about those that nobody can vouch for.

    Raises:
        Untrusted: There are some; the message has all of them, and the command that vouches for them.
    """
    found = list(dict.fromkeys(objections))
    if not found:
        return
    texts = "; ".join(printable(objection.text) for objection in found)
    told = f"{printable(name)} was not made here by you, or was changed since, and {texts}"
    names = list(dict.fromkeys(objection.name for objection in found))
    if "" in names:
        raise Untrusted(f"{told}. {instead}".rstrip(" .") + ("." if instead else ""))
    vouching = [word for one in names for word in ("--trust", one)]
    raise Untrusted(f"{told}. If you know what that is: {shlex.join(['runner', *sys.argv[1:], *vouching])}")


def uris_of(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield the keys and the values by which a configuration names tracking stores."""
    callbacks = tree.get("callback") if isinstance(tree, Mapping) else None
    for name, node in callbacks.items() if isinstance(callbacks, Mapping) else ():
        if isinstance(node, Mapping):
            given_ = [("uri", node.get("uri")), *((f"_args_[{i}]", uri) for i, uri in enumerate(_list(node, "_args_")))]
            yield from ((f"callback.{name}.{key}", uri) for key, uri in given_ if uri is not None)


def _list(node: Mapping[str, Any], key: str) -> list[Any]:
    return found if isinstance(found := node.get(key), list) else [found]
