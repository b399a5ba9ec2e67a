"""Reading YAML and JSON that others may have written: nothing of it is built before it is known to be small.

A few bytes of YAML can stand for any number of values: aliases repeat what they name, and aliases of aliases multiply.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SIZE = 4 * 2**20
"""Largest YAML file in bytes."""
REPEATED = 10_000
"""Largest number of values that aliases may add."""
DEPTH = 64
"""Most levels of lists and mappings inside each other."""
JSON_SIZE = 2**28
"""Largest JSON file in bytes: a search of many trials has large ones."""


def read_text(path: Path, limit: int = SIZE) -> str:
    """Return a file's text.

    Raises:
        FileNotFoundError: It is not there.
        ValueError: It is no plain file, larger than ``limit`` bytes, or no UTF-8; the message names it.
    """
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe in its place would be waited for
    with open(file, "rb") as opened:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise ValueError(f"{path} is no plain file")
        content = opened.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"{path} has more than {limit:,} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: byte {error.start} is {content[error.start]:#04x}") from None


def read_yaml(path: Path) -> tuple[Any, str]:
    """Return what a YAML file holds, as plain values, and its text.

    Raises:
        FileNotFoundError: It is not there.
        ValueError: It is broken, or stands for too much; the message names it.
    """
    import yaml

    text = read_text(path)
    try:
        check_yaml(text)
        # the loader in C is ten times as fast as the one in Python
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)), text
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ValueError(f"{path}{line} is broken YAML: {error.problem}") from None
    except (ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: {str(error).splitlines()[0]}") from None


def check_yaml(text: str) -> None:
    """Refuse a text whose aliases stand for more than is reasonable. Takes time in proportion to its length alone.

    Raises:
        ValueError: They do, or it is nested too deeply.
        yaml.YAMLError: It is broken.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    _weigh(yaml.parse(text, Loader=loader))


def _weigh(events: Iterable[Any]) -> None:
    """Add up the values that a document has with all aliases written out."""
    from yaml import events as kinds

    anchored: dict[str, int] = {}
    open_: list[tuple[str | None, int]] = []  # anchors of what we are in, and the values before it
    count = repeated = 0
    for event in events:
        if isinstance(event, kinds.CollectionStartEvent):
            open_.append((event.anchor, count))
            count += 1
            if len(open_) > DEPTH:
                raise ValueError(f"it is nested more than {DEPTH} levels deep")
        elif isinstance(event, kinds.CollectionEndEvent):
            anchor, before = open_.pop()
            if anchor is not None:
                anchored[anchor] = count - before
        elif isinstance(event, kinds.AliasEvent):
            if event.anchor not in anchored:
                raise ValueError(f"*{event.anchor} stands for something that is not complete before it")
            count += anchored[event.anchor]
            repeated += anchored[event.anchor]
            if repeated > REPEATED:
                raise ValueError(f"its aliases repeat more than {REPEATED:,} values, as *{event.anchor} does")
        elif isinstance(event, kinds.ScalarEvent):
            count += 1
            if event.anchor is not None:
                anchored[event.anchor] = 1


def read_object(path: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds.

    Raises:
        FileNotFoundError: It is not there.
        ValueError: It holds something else, or too much; the message names it.
    """
    try:
        loaded = json.loads(read_text(path, JSON_SIZE))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}:{error.lineno} is broken JSON: {error.msg}") from None
    except RecursionError:
        raise ValueError(f"{path} is nested too deeply") from None
    if not isinstance(loaded, dict):
        raise ValueError(f"{path} holds no object but {type(loaded).__name__}")
    return loaded
