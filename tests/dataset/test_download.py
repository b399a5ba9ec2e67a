import gzip
import hashlib

import pytest

from runner.dataset.download import cache, fetch

CONTENT = b"some bytes of data"
PACKED = gzip.compress(CONTENT, mtime=0)
SHA256 = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


@pytest.fixture
def url(serve):
    return serve({"file": CONTENT, "file.gz": PACKED})


@pytest.mark.parametrize(
    ("name", "digest", "unpacked"),
    [
        ("file", SHA256, False),
        ("file", f"md5:{hashlib.md5(CONTENT).hexdigest()}", False),
        ("file.gz", f"md5:{hashlib.md5(PACKED).hexdigest()}", False),
        ("file.gz", SHA256, True),
    ],
)
def test_keeps_what_has_the_checksum(url, tmp_path, name, digest, unpacked):
    path = fetch(f"{url}/{name}", tmp_path / "deep" / name, digest, unpacked=unpacked)
    assert path.read_bytes() == (PACKED if name.endswith(".gz") else CONTENT)
    assert fetch("https://never.asked", path, "") == path


@pytest.mark.parametrize(
    ("name", "digest", "unpacked", "reason"),
    [
        ("file", f"sha256:{'0' * 64}", False, "has sha256 .*, expected 0000"),
        ("file", f"md5:{'0' * 32}", False, "has md5 .*, expected 0000"),
        ("file.gz", SHA256, False, "expected"),
        ("file", f"sha256:{'0' * 64}", True, "expected 0000"),  # no archive at all
        ("none", SHA256, False, "cannot download .*put the file at .*x yourself"),
    ],
)
def test_keeps_nothing_else(url, tmp_path, name, digest, unpacked, reason):
    with pytest.raises(ValueError, match=reason):
        fetch(f"{url}/{name}", tmp_path / "x", digest, unpacked=unpacked)
    assert not list(tmp_path.iterdir())


def test_refuses_an_answer_that_is_too_long(url, tmp_path):
    with pytest.raises(ValueError, match="not kept"):
        fetch(f"{url}/file", tmp_path / "x", SHA256, limit=5)


def test_keeps_no_damaged_archive_and_no_bomb(serve, tmp_path):
    packed = gzip.compress(bytes(range(256)) * 40)
    damaged, bomb = packed[:10] + b"\xff" * 4 + packed[14:], gzip.compress(bytes(50_000_000))
    url = serve({"damaged.gz": damaged, "bomb.gz": bomb})
    for name in ("damaged.gz", "bomb.gz"):
        with pytest.raises(ValueError, match="the file was not kept"):
            fetch(f"{url}/{name}", tmp_path / "x", SHA256, unpacked=True, limit=1_000_000)
    assert not list(tmp_path.iterdir())


def test_refuses_plain_http(tmp_path):
    with pytest.raises(ValueError, match="not https"):
        fetch("http://example.org/file", tmp_path / "x", SHA256)


def test_the_cache_can_be_moved(monkeypatch, tmp_path):
    monkeypatch.setenv("RUNNER_DATA", str(tmp_path))
    assert cache() == tmp_path
