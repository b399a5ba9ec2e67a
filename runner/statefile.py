"""Files of a state that are never torn, and that any machine reads."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from runner.durable import read_json, sha256, write_json, write_whole
from runner.trust.checkpoint import MANIFEST, read

FORMAT = 1
"""Version of the layout that ``state.capture`` returns. A key that is only added, and whose lack has a meaning, is no
new version: ``state.LATER`` says what it means, and older files go on being read. Everything else is one - a key that
is gone, or that means something else - and a file of another version is refused by name."""


def save(path: Path, state: Mapping[str, Any]) -> None:
    """Write a checkpoint, whole or not at all, with its sha256 in the manifest beside it.

    Raises:
        Unwritable: The disk did not take it; what was there is there still.
    """
    write(path, packed(state))


def packed(state: Mapping[str, Any]) -> memoryview:
    """Return the bytes of a checkpoint."""
    buffer = io.BytesIO()
    torch.save(on_host({"format": FORMAT, **state}, {}), buffer)
    return buffer.getbuffer()


def on_host(state: Any, copied: dict[int, torch.UntypedStorage]) -> Any:
    """Return a state with its tensors on the CPU: plain ``torch.load`` reads the file where there is no such device.

    Args:
        state: Tensors in nested mappings and lists; those that share memory go on sharing it.
        copied: What was copied so far, by its address on the device.
    """
    if isinstance(state, Tensor) and state.device.type != "cpu":
        memory = state.untyped_storage()
        if memory.data_ptr() not in copied:
            copied[memory.data_ptr()] = memory.cpu()
        host = copied[memory.data_ptr()]
        return torch.empty(0, dtype=state.dtype).set_(host, state.storage_offset(), state.shape, state.stride())
    if isinstance(state, dict):
        return {key: on_host(value, copied) for key, value in state.items()}
    if type(state) in (list, tuple):
        return type(state)(on_host(value, copied) for value in state)
    return state


def write(path: Path, content: memoryview, aside: Path | None = None) -> None:
    """Write the bytes of a checkpoint.

    The manifest is written first and names the old file's digest as well as the new one's: at every instant the
    file on disk, old or new, is one that the manifest knows. What it does not know is damaged, and stays so.

    Args:
        path: Of the file.
        content: Its bytes.
        aside: The name that the old file takes.
    """
    manifest = read_json(path.parent / MANIFEST)
    before = known(path, manifest)
    manifest[path.name] = [hashlib.sha256(content).hexdigest(), *before]
    if aside is not None:
        manifest[aside.name] = [*before, *known(aside, manifest)]
    write_json(path.parent / MANIFEST, manifest)
    write_whole(path, lambda file: file.write(content), size=len(content), aside=aside)


def known(path: Path, manifest: Mapping[str, list[str]]) -> list[str]:
    """Return the digest of the file that is there, unless there is none, or one that the manifest does not know."""
    if not path.exists():
        return []
    digest = sha256(path)
    return [digest] if digest in manifest.get(path.name, [digest]) else []


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint onto the CPU: tensors and plain values only, never code.

    Raises:
        ValueError: It is missing, its bytes are not the ones that were written, or it is of another version.
    """
    state = read(path, digest=True)
    if not isinstance(state, dict):
        raise ValueError(f"{path} holds no checkpoint but {type(state).__name__}")
    if state.get("format", FORMAT) != FORMAT:  # weights had none at first
        raise ValueError(f"{path} {other_format(state)}")
    return state


def other_format(state: Mapping[str, Any]) -> str:
    """Return what is wrong with a checkpoint of another version, and the way out."""
    return (
        f"has format {state.get('format')}, this version reads {FORMAT}: resume with the version of runner that wrote "
        "it (environment.json names it), or start a new run from its weights (model.weights)"
    )
