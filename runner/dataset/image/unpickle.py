"""Reading pickled data without running it: dicts, lists, numbers, text and arrays of bytes, and nothing else.

A pickle is a program that may call whatever it can name. Here it can name only what numpy's arrays are rebuilt with,
and what these names mean are stand-ins of this file: no code of numpy's ever sees an unchecked state.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy


def unpickle(content: bytes) -> Any:
    """Return what a pickle of plain data holds; Python 2's strings come as bytes, arrays as uint8 ``ndarray``.

    Raises:
        ValueError: It is damaged, or asks for anything that is not data; the message names what.
    """
    try:
        return _settled(_Reader(io.BytesIO(content), encoding="bytes").load())
    except Refused:
        raise
    except Exception as error:  # bytes that are no pickle raise anything: EOFError, KeyError, struct.error ...
        raise ValueError(f"it is no pickle of plain data: {error}") from error


class Refused(ValueError):
    """The pickle asks for something that is not data."""


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise Refused(f"it asks for {module}.{name}, which is not data: refused, nothing of it was run")
        return _ALLOWED[module, name]


class _Closed:
    """A stand-in that takes no attributes: ``pickle`` would set any on an object without ``__setstate__``."""

    def __init__(self, *_: Any) -> None: ...

    def __setstate__(self, state: Any) -> None: ...


class _Array(_Closed):
    """An array as it is pickled: made empty, then given (version, shape, type, whether Fortran's order, bytes)."""

    value: numpy.ndarray[Any, Any] | None = None

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, columns_first, raw = state
        if not isinstance(kind, _Bytes) or not isinstance(raw, bytes):
            raise Refused("it holds an array of something other than bytes")
        flat = numpy.frombuffer(raw, dtype=numpy.uint8)
        self.value = flat.reshape([int(length) for length in shape], order="F" if columns_first else "C")


class _Bytes(_Closed):
    """The type of an array's elements; unsigned bytes are the only one."""

    def __init__(self, name: Any, *_: Any) -> None:
        if name not in ("u1", b"u1", "|u1"):
            raise Refused(f"it holds an array of {name!r}, not of bytes ('u1')")


class _Encoded(_Closed):
    """Bytes as Python 3 writes them into old protocols: as text, to be encoded in Latin-1."""

    def __new__(cls, text: Any, encoding: Any) -> Any:
        if not isinstance(text, str) or encoding not in ("latin1", b"latin1"):
            raise Refused(f"it asks for the encoding {encoding!r}")
        return text.encode("latin-1")


_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,  # numpy 2's name
    ("numpy", "ndarray"): _Closed,
    ("numpy", "dtype"): _Bytes,
    ("_codecs", "encode"): _Encoded,
}


def _settled(value: Any) -> Any:
    """Return the arrays in place of their stand-ins: the values of a dict, or the only value."""
    if isinstance(value, dict):
        return {key: inner.value if isinstance(inner, _Array) else inner for key, inner in value.items()}
    return value.value if isinstance(value, _Array) else value
