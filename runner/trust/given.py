"""What the user of this process vouches for: ``--trust`` on the command line of a verb."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any

from runner.trust.refused import refusal

_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.]*://\S+")

_given: set[str] = set()
_everything = False


def add_trust(parser: argparse.ArgumentParser) -> None:
    """Give a verb that reads runs the option ``--trust``."""
    parser.add_argument(
        "--trust",
        action=_Trust,
        metavar="NAME",
        help="a name that a run from elsewhere may use: mynet:MyNet, oc.env:VARIABLE, or an address; may be repeated",
    )


class _Trust(argparse.Action):
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        try:
            trust(str(values))
        except ValueError as error:
            parser.error(str(error))


def trust(name: str) -> None:
    """Vouch for one name.

    Raises:
        ValueError: It is no exact name, or nobody can vouch for it.
    """
    if _ADDRESS.fullmatch(name):
        _given.add(name)
        return
    if not _NAME.fullmatch(name):
        raise ValueError(f"--trust takes one exact name, module:Name as in mynet:MyNet, got {name!r}")
    if why := refusal(name.replace(":", ".")):
        raise ValueError(f"--trust {name}: {why}")
    _given.add(name)


def trust_all() -> None:
    """Vouch for everything: what this process reads was written by the one that started it."""
    global _everything  # of the process, as its command line is
    _everything = True


def forget() -> None:
    """Vouch for nothing."""
    global _everything
    _everything = False
    _given.clear()


def trusts_all() -> bool:
    """Tell whether everything is vouched for."""
    return _everything


def trusts(name: str) -> bool:
    """Tell whether a name is vouched for: ``module:Name``, ``oc.env:VARIABLE``, or an address."""
    return _everything or name in _given


def trusts_target(dotted: str) -> bool:
    """Tell whether a target is vouched for, wherever the colon was put that parts module and name."""
    return _everything or any(":" in name and name.replace(":", ".") == dotted for name in _given)
