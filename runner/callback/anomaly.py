"""Which operation of the forward pass is to blame for a gradient that is NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from runner.callback.base import Callback

if TYPE_CHECKING:
    from runner.loop import Run


class Anomaly(Callback):
    """Let torch watch the backward pass: the first NaN ends the run, and ``log.txt`` has the line that computed it.

    Source: ``torch.autograd.set_detect_anomaly``. It makes steps a few times as slow, and changes no number.
    """

    def __init__(self) -> None:
        self.before = False

    def start(self, run: Run) -> None:
        """Begin to watch."""
        self.before = torch.is_anomaly_enabled()
        torch.autograd.set_detect_anomaly(True)

    def close(self, run: Run) -> None:
        """Leave it as it was: a search trains other runs in this process."""
        torch.autograd.set_detect_anomaly(self.before)
