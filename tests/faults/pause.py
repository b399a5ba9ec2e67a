"""A callback that lets a test do something in the middle of a run."""

import time
from pathlib import Path

from runner.callback.base import Callback


class Pause(Callback):
    """Say that an epoch is over, and go on when told.

    Args:
        folder: Where ``here`` is written and ``go`` is waited for.
        epoch: After which.
    """

    main_only = True

    def __init__(self, folder: str, epoch: int = 1) -> None:
        self.folder, self.at = Path(folder), epoch

    def epoch(self, run):
        if run.epoch == self.at:
            (self.folder / "here").touch()
            end = time.monotonic() + 120
            while not (self.folder / "go").exists() and time.monotonic() < end:
                time.sleep(0.02)
