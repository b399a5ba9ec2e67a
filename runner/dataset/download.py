"""Downloads: with a checksum, whole or not at all."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import urllib.request
from pathlib import Path

from runner.folder import write_whole


def cache() -> Path:
    """Return the user's folder for downloaded data: $RUNNER_DATA, else ~/.cache/runner."""
    return Path(os.environ.get("RUNNER_DATA") or Path.home() / ".cache" / "runner")


def fetch(url: str, path: Path, sha256: str, limit: int = 2**31) -> Path:
    """Download to ``path`` unless it is there, and return it.

    Args:
        url: https, or http on this machine.
        path: Where the bytes go.
        sha256: Of the content, unpacked if the URL ends in ``.gz``: the same file is packed differently elsewhere.
        limit: Largest number of bytes to accept.

    Raises:
        ValueError: No connection, or bytes with another checksum. Nothing is left behind.
    """
    if path.exists():
        return path
    if not url.startswith(("https://", "http://127.0.0.1")):
        raise ValueError(f"{url} is not https: a download could be changed on its way")
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            content: bytes = answer.read(limit + 1)
    except OSError as error:
        raise ValueError(f"cannot download {url}: {error}") from error
    found = digest(content, packed=url.endswith(".gz"))
    if len(content) > limit or found != sha256:
        raise ValueError(f"{url} has sha256 {found}, expected {sha256}: the file was not kept")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda file: file.write(content))
    return path


def digest(content: bytes, *, packed: bool) -> str:
    """Return the sha256 of the content, gunzipped if ``packed``; damaged archives have the digest of their bytes."""
    if packed:
        with contextlib.suppress(OSError, EOFError):
            content = gzip.decompress(content)
    return hashlib.sha256(content).hexdigest()
