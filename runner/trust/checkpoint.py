"""Reading files of tensors as data, whatever is in them, and only as they were written.

Torch itself does not notice a flipped bit, and would run what a pickle asks for if it were not told otherwise.
"""

from __future__ import annotations

import hashlib
import io
import re
import stat
import zipfile
from pathlib import Path
from typing import Any

from runner.durable import read_json

MANIFEST = "manifest.json"
"""Beside checkpoints: the sha256 of each, and of the one that it replaced."""


def read(path: Path, *, digest: bool) -> Any:
    """Return what a file of ``torch.save`` holds, on the CPU: tensors and plain values only.

    Args:
        path: The file.
        digest: That its sha256 is in the manifest beside it is required; else only that it is no other one.

    Raises:
        ValueError: It is none, damaged, unpacks to more than there is memory, or holds code.
    """
    import torch

    content = _bytes(path)
    known = read_json(path.parent / MANIFEST).get(path.name)
    if known is None and digest:
        raise ValueError(f"{path} is not in {MANIFEST} beside it: whether it is what was written cannot be told")
    if known is not None and hashlib.sha256(content).hexdigest() not in known:
        raise ValueError(f"{path} is damaged: its sha256 is not the one in {MANIFEST}")
    _check_archive(path, content)
    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged or foreign file: its bytes decide what comes out
        asked = re.search(r"GLOBAL ([\w.]+)", str(error))  # torch's own words go on to say how to run it
        reason = f"it asks for {asked[1]}, which was not run" if asked else type(error).__name__
        what = "it is no whole file of torch.save, or holds more than tensors and plain values"
        raise ValueError(f"{path} cannot be read as weights: {what} ({reason})") from error


def _bytes(path: Path) -> bytes:
    """Return a file's bytes, if they can be held twice: as they are, and as tensors."""
    import psutil

    try:
        status = path.stat()
    except FileNotFoundError:
        raise ValueError(f"there is no checkpoint {path}") from None
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"{path} is no plain file")
    free = psutil.virtual_memory().available
    if 2 * status.st_size > free:
        raise ValueError(f"{path} has {status.st_size:,} bytes, which are needed twice: {free:,} are free")
    return path.read_bytes()


def _check_archive(path: Path, content: bytes) -> None:
    """Refuse an archive that torch does not write: packed, so that it can hold more than it has bytes.

    What is no archive has the form of older versions of torch, or none.
    """
    if not content.startswith(b"PK"):
        return
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise ValueError(f"{path} cannot be read as weights: it is no whole file of torch.save ({error})") from None
    packed = [member.filename for member in members if member.compress_type != zipfile.ZIP_STORED]
    if packed or sum(member.file_size for member in members) > len(content):
        raise ValueError(f"{path} is packed, as torch packs nothing: it may unpack to any size")
