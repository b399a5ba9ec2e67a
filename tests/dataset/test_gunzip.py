import gzip
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.dataset.gunzip import PIECE, gunzip

CONTENT = random.Random(0).randbytes(3000) * 2
PACKED = gzip.compress(CONTENT)


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=3))
def test_equals_the_standard_library(parts):
    packed = b"".join(map(gzip.compress, parts))
    assert gunzip(packed) == gzip.decompress(packed) == b"".join(parts)


def corrupted():
    """A payload that the decompressor itself refuses: the standard library then raises zlib.error."""
    middle = bytearray(PACKED)
    middle[10:14] = b"\xff\xff\xff\xff"
    with pytest.raises(zlib.error):
        gzip.decompress(bytes(middle))
    return bytes(middle)


@pytest.mark.parametrize(
    "content", [corrupted(), PACKED[:-20], PACKED[:-5], b"no archive", PACKED + b"rest", PACKED[:-8] + b"\0" * 8]
)
def test_every_kind_of_damage_is_one_error(content):
    with pytest.raises(ValueError, match="damaged archive"):
        gunzip(content)


def test_a_bomb_is_not_unpacked(monkeypatch):
    bomb = gzip.compress(bytes(50 * PIECE))
    assert len(bomb) < PIECE
    pieces = []
    read = gzip.GzipFile.read
    monkeypatch.setattr(gzip.GzipFile, "read", lambda self, size: pieces.append(size) or read(self, size))
    with pytest.raises(ValueError, match=r"more than 2,000,000 bytes"):
        gunzip(bomb, 2_000_000)
    assert sum(pieces) <= 2 * PIECE
    assert len(gunzip(PACKED, len(CONTENT))) == len(CONTENT)
