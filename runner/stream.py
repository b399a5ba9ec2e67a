"""What a process says: in characters that the reader has, to whom it should go, and to nobody if nobody is left.

``prepare`` is called once, when a command begins. ``aside`` sends chatter away, so that ``answer`` alone reaches the
standard output: one JSON document, or one line. ``Voice`` is a stream that stops no work.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import json
import math
import os
import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from rich.console import Console

PLAIN = {"·": "|", "±": "+-", "…": "...", "→": "->", "█": "#", "░": ".", "¶": "$"}
"""What is written instead of the characters that this package uses, where a reader knows ASCII alone."""
LASTING = "runner.plain"
AS_BYTES = "runner.bytes"

_answers: IO[str] | None = None


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Spell what cannot be encoded: our own characters in ASCII, those of names as Python does, but never ``?``."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    return "".join(PLAIN.get(one) or one.encode("ascii", "backslashreplace").decode() for one in found), error.end


def _as_bytes(error: UnicodeError) -> tuple[bytes, int]:
    """Spell our own characters in ASCII, and leave names the bytes that they are on the disk: as ``ls`` does."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    return b"".join(
        PLAIN[one].encode() if one in PLAIN else one.encode("utf-8", "surrogateescape") for one in found
    ), error.end


codecs.register_error(LASTING, _escaped)
codecs.register_error(AS_BYTES, _as_bytes)


def ascii_of(text: str) -> str:
    """Return text in ASCII."""
    return text.encode("ascii", LASTING).decode()


def prepare() -> None:
    """Make the standard streams ready, whatever they are: closed, of another encoding, of the locale ``C``.

    A descriptor that was closed (``>&-``) would be the next file that is opened, and what a library says would be
    written into it: a checkpoint, a database.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:  # a new one has the lowest number that is free
        pass
    os.close(number)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # for good
    asked = os.environ.get("PYTHONIOENCODING") or os.environ.get("PYTHONUTF8")
    plain = os.environ.get("LC_ALL") in ("C", "POSIX") and not asked
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="ascii" if plain else None, errors=AS_BYTES if plain else LASTING)


class Voice:
    """A standard stream, as long as it takes something: ``| head``, a closed terminal or a full disk stop no work.

    Args:
        name: ``stdout`` or ``stderr``: whatever ``sys`` has under that name when something is said.
        stream: This one instead.
    """

    def __init__(self, name: str = "stdout", stream: IO[str] | None = None) -> None:
        self._name, self._stream = name, stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._now(), name)

    def _now(self) -> IO[str]:
        """Return the stream, behind what a bar puts before it; nothing, if it was closed from the start."""
        found = getattr(sys, self._name) if self._stream is None else self._stream
        return getattr(found, "rich_proxied_file", found) or io.StringIO()

    def write(self, text: str) -> int:
        """Write a text if that is possible."""
        with self._whatever():
            try:
                self._now().write(text)
            except UnicodeEncodeError:  # a stream that nobody has prepared
                self._now().write(ascii_of(text))
        return len(text)

    def flush(self) -> None:
        """Send what was written if that is possible."""
        with self._whatever():
            self._now().flush()

    @contextlib.contextmanager
    def _whatever(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            forsake(self._now())
        except OSError:
            pass


def forsake(stream: IO[str]) -> None:
    """Send what is said to nobody from now on, what still waits in the stream included: its reader has gone."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextlib.contextmanager
def lasting() -> Iterator[None]:
    """While entered, no word to the terminal can stop what is done: it is work, not an answer."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("Any", Voice(stream=stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


@contextlib.contextmanager
def aside(quiet: bool = False) -> Iterator[None]:
    """While entered, what is said goes to the standard error instead, or nowhere; ``answer`` still arrives.

    The descriptor itself is turned, so that it is so for libraries and for processes that are started meanwhile.

    Args:
        quiet: Nowhere.
    """
    global _answers  # of the process, as its standard output is
    ours, outer = sys.stdout, _answers
    if outer is not None and not quiet:
        yield
        return
    try:
        number, other = ours.fileno(), sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):  # no file: within a notebook, or a test
        with contextlib.redirect_stdout(io.StringIO() if quiet else sys.stderr):
            _answers = outer or ours
            try:
                yield
            finally:
                _answers = outer
        return
    ours.flush()
    kept = os.dup(number)
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, kept)
        given = open(kept, "w", encoding=ours.encoding, errors=ours.errors, closefd=False)  # noqa: SIM115
        target = os.open(os.devnull, os.O_WRONLY) if quiet else os.dup(other)
        os.dup2(target, number)
        os.close(target)
        _answers = outer or given
        try:
            yield
        finally:
            _answers = outer
            for stream in (given, ours):
                try:
                    stream.flush()
                except OSError:  # it has been told; what is left in it must not be told again when the stream goes
                    forsake(stream)
            os.dup2(kept, number)


def answer(text: str, end: str = "\n") -> None:
    """Give what was asked for to the standard output, at once.

    Raises:
        OSError: It does not arrive.
    """
    print(text, end=end, file=_answers or sys.stdout, flush=True)


def document(value: Any, indent: int | None = None) -> None:
    """Give a value as one JSON document; numbers that are not finite, which it does not have, as text."""
    answer(json.dumps(finite(value), default=str, indent=indent))


def finite(value: Any) -> Any:
    """Return plain values that JSON can hold."""
    if isinstance(value, dict):
        return {str(key): finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return list(map(finite, value))
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def moves(console: Console) -> bool:
    """Tell whether a picture may be drawn over itself: on a terminal, not in a pipe, a log of CI or a notebook's cell.

    Those keep every character. ``FORCE_COLOR``, which notebooks and CI set, asks for colours and nothing else; a
    command in a notebook (``!runner``) is given a terminal that nobody looks at, and is known by its kernel's variable.
    """
    kept = os.environ.get("CI") or os.environ.get("JPY_PARENT_PID")
    return console.is_interactive and console.file.isatty() and not kept
