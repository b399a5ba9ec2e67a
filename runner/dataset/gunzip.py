"""Unpacking gzip from files that others made: in one place, with a limit, and with one kind of error."""

from __future__ import annotations

import gzip
import io
import zlib

LIMIT = 2**31
"""Largest number of unpacked bytes that are taken, unless told: a small file can promise any number of them."""
PIECE = 1 << 20


def gunzip(content: bytes, limit: int = LIMIT) -> bytes:
    """Return what a gzip file holds.

    Args:
        content: The packed bytes.
        limit: Largest number of unpacked bytes; no more than a piece beyond it is ever in memory.

    Raises:
        ValueError: It is damaged, or holds more.
    """
    found = bytearray()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            while piece := file.read(PIECE):
                found += piece
                if len(found) > limit:
                    raise ValueError(f"it unpacks to more than {limit:,} bytes")
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"it is a damaged archive: {error}") from error
    return bytes(found)
