"""Where in a user's own code an error arose: the frame to look at, of a traceback that is mostly of others."""

from __future__ import annotations

import functools
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from traceback import walk_tb

PACKAGE = Path(__file__).resolve().parents[1]
INSTALLED = ("site-packages", "dist-packages")
"""Folders of packages, whichever interpreter's they are."""


def own_frame(error: BaseException) -> str:
    """Return the last frame in the user's own code, as ``net.py:32 in forward``; empty if none of it was running.

    Own is what is neither of this package, nor installed, nor Python's. Of an error that was raised because of
    another one the outer one's frame counts, if it has any: that is where the user's code gave up.
    """
    with suppress(OSError):  # the working directory is gone: there is nothing to be relative to
        return next((place for one in _chain(error) if (place := _place(one))), "")
    return ""


def _place(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename and is_own(error.filename):
        return f"{shown(Path(error.filename))}:{error.lineno}"
    walked = [(frame.f_code, line) for frame, line in walk_tb(error.__traceback__)]
    for code, line in reversed(walked):
        if is_own(code.co_filename):
            function = "" if code.co_name == "<module>" else f" in {code.co_name}"
            return f"{shown(Path(code.co_filename))}:{line}{function}"
    return ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__  # not its context: an error that is being handled outside has nothing to do with it


def is_own(file: str) -> bool:
    """Tell a user's file from those of this package, of installed ones and of Python, and from code without a file."""
    path = Path(file)
    if not path.is_file() or any(part in INSTALLED for part in path.parts):
        return False
    return not any(path.resolve().is_relative_to(folder) for folder in _others())


@functools.cache
def _others() -> tuple[Path, ...]:
    libraries = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return (PACKAGE, *dict.fromkeys(Path(folder).resolve() for folder in libraries))


def shown(path: Path) -> str:
    """Return a path as the user would type it: relative to here if it is below."""
    path = path.resolve()
    here = Path.cwd().resolve()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
