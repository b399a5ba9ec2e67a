"""Torch's elastic agent, ours or ``torchrun``, seen from a process that it has started. Imports next to nothing."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

OF_TORCH = ("RuntimeError", "DistBackendError", "DistNetworkError", "DistStoreError")
SIGNS = ("onnection closed", "onnection reset", "roken pipe", "imed out", "NCCL", "Socket")
"""Errors, and words in them, of a process that only noticed that another one had gone, or did not answer."""


def consequence(message: str) -> bool:
    """Tell whether an error, "Kind: words", is only that another process has gone, or has raised one."""
    kind, _, said = message.partition(": ")
    return kind == "Elsewhere" or (kind in OF_TORCH and any(sign in said for sign in SIGNS))


def tell(error: Exception) -> None:
    """Leave the error, and its traceback, where the agent looks for it; nobody may, and a full disk is no second error.

    The agent takes the earliest for the cause, and knows seconds: what is only a consequence comes one later.
    """
    path = os.environ.get("TORCHELASTIC_ERROR_FILE")
    if not path:
        return
    import json
    import traceback

    from runner.check.frame import own_frame
    from runner.redact import redacted

    message, place = redacted(f"{type(error).__name__}: {error}"), own_frame(error)
    told = {
        "message": message + (f" ({place})" if place else ""),
        "extraInfo": {
            "py_callstack": redacted("".join(traceback.format_exception(error))),
            "timestamp": str(int(time.time()) + consequence(message)),
        },
    }
    with contextlib.suppress(OSError):  # the log, or the exit code, has to do
        Path(path).write_text(json.dumps({"message": told}), encoding="utf-8")


def end_with_agent() -> None:
    """Have the kernel end this process when an agent that started it is killed: it would train on, with nobody to ask.

    What Slurm and Kubernetes start, they end themselves.
    """
    if "TORCHELASTIC_RUN_ID" in os.environ:
        from runner.child import die_with

        die_with(os.getppid())
