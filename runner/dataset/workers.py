"""Processes that read rows for a training, and signals that are not for them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

from torch import Tensor
from torch.utils.data import DataLoader

from runner.interrupt import SIGNALS


def started(loader: DataLoader[Tensor]) -> Iterator[Tensor]:
    """Return a loader's iterator, whose workers never see a signal that is for those who train.

    Signals wait while the workers start; each of them forgets what it inherited once it is ``apart``.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        return iter(loader)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def apart(worker: int) -> None:
    """Leave the group of processes that a signal is for: the one that reads decides when its workers end."""
    os.setpgid(0, 0)
    while signal.sigpending() & set(SIGNALS):
        signal.sigwait(SIGNALS)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
