"""Downloads: with a checksum, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from runner.dataset.gunzip import gunzip
from runner.durable import write_whole

log = logging.getLogger(__name__)


def cache() -> Path:
    """Return the user's folder for downloaded data: $RUNNER_DATA, else ~/.cache/runner."""
    return Path(os.environ.get("RUNNER_DATA") or Path.home() / ".cache" / "runner")


def fetch(url: str, path: Path, digest: str, *, unpacked: bool = False, limit: int = 2**31) -> Path:
    """Download to ``path`` unless it is there, and return it.

    Args:
        url: https, or http on this machine.
        path: Where the bytes go.
        digest: ``sha256:<hex>`` or, for files whose publishers give no better one, ``md5:<hex>``.
        unpacked: The digest is of what a gzip file holds: the same content is packed differently elsewhere.
        limit: Largest number of bytes to accept, packed or unpacked.

    Raises:
        ValueError: No connection, or bytes with another checksum. Nothing is left behind.
    """
    if path.exists():
        return path
    check_secure(url)
    log.info("downloading %s", url)
    try:
        with urllib.request.build_opener(Secure).open(url, timeout=60) as answer:
            content: bytes = answer.read(limit + 1)
    except OSError as error:
        raise ValueError(f"cannot download {url}: {error} (or put the file at {path} yourself)") from error
    kind, _, expected = digest.partition(":")
    found = checksum(content, kind, unpacked=unpacked, limit=limit)
    if len(content) > limit or found != expected:
        raise ValueError(f"{url} has {kind} {found}, expected {expected}: the file was not kept")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda file: file.write(content))
    return path


class Secure(urllib.request.HTTPRedirectHandler):
    """Follows no redirection to where a download could be changed on its way."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Return the next request.

        Raises:
            ValueError: It would be plain http.
        """
        check_secure(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def check_secure(url: str) -> None:
    """Refuse an address that is neither https nor on this machine.

    Raises:
        ValueError: It is another one.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" and (parts.scheme, parts.hostname) != ("http", "127.0.0.1"):
        raise ValueError(f"{url} is not https: a download could be changed on its way")


def checksum(content: bytes, kind: str, *, unpacked: bool, limit: int) -> str:
    """Return the checksum in hexadecimal, of the gunzipped content if ``unpacked``.

    Archives that are damaged, or hold more than ``limit`` bytes, have the checksum of their own bytes.
    """
    if unpacked:
        with contextlib.suppress(ValueError):
            content = gunzip(content, limit)
    return hashlib.new(kind, content, usedforsecurity=False).hexdigest()
