"""What exactly happens in a few steps: a trace for Perfetto or Chrome, and the operations that take the most time."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge, MaxLen, MinLen
from torch.profiler import ProfilerAction, ProfilerActivity, profile

from runner.callback.base import Callback
from runner.durable import write_text, write_whole

if TYPE_CHECKING:
    from runner.loop import Run

log = logging.getLogger(__name__)
ROWS = 25
"""Operations in the table."""
Window = Annotated[list[Annotated[int, Ge(3)]], MinLen(2), MaxLen(2)]
"""The first and the last of some updates; two come before, the first of them unwatched, the second to warm up."""


class Profiler(Callback):
    """Trace some updates with torch's profiler: ``profile/trace.json`` for https://ui.perfetto.dev (it stays on your
    machine) or chrome://tracing, and ``profile/table.txt`` with the operations that took the most time.

    Outside of these updates nothing is watched. Of several processes each writes its own files. A resumed run traces
    only updates that it makes itself.

    Args:
        steps: The first and the last update of the run that is traced, counted from 1; the first is 3 or later.

    Raises:
        ValueError: The first comes after the last.
    """

    def __init__(self, steps: Window = [10, 15]) -> None:  # noqa: B006  # read only
        self.first, self.last = steps
        if self.first > self.last:
            raise ValueError(f"callback.profiler.steps={list(steps)}: the first update comes after the last")
        self.profile: profile | None = None
        self.done = 0  # the last update that was traced

    def step(self, run: Run) -> None:
        """Begin one update early, to warm up; go on; end."""
        if self.profile is not None:
            self.profile.step()
            self.done = run.step
            if run.step == self.last:
                self.write(run)
        elif run.step == self.first - 2:
            activities = [ProfilerActivity.CPU]
            if run.hardware.device.type == "cuda":
                activities.append(ProfilerActivity.CUDA)
            else:  # or it complains of the missing device on the terminal
                os.environ.setdefault("KINETO_LOG_LEVEL", "99")
            self.profile = profile(activities=activities, schedule=self.plan, acc_events=True)
            self.profile.step_num = run.step + 1  # so that the trace says ProfilerStep#10 for update 10
            self.profile.start()

    def plan(self, step: int) -> ProfilerAction:
        """Return what torch's profiler does during an update."""
        if step < self.first:
            return ProfilerAction.WARMUP
        if step > self.last:
            return ProfilerAction.NONE
        return ProfilerAction.RECORD if step < self.last else ProfilerAction.RECORD_AND_SAVE

    def close(self, run: Run) -> None:
        """Write what there is of a window that the run did not get to the end of, and say so."""
        window = f"callback.profiler.steps=[{self.first}, {self.last}]"
        if self.profile is not None and self.done >= self.first:
            log.warning("%s: the run ended first, updates %d to %d were traced", window, self.first, self.done)
            self.write(run)
        elif self.done < self.first:
            if self.profile is not None:
                self.profile.stop()
            log.warning("%s: nothing was traced, this process did not make these updates", window)

    def write(self, run: Run) -> None:
        """End the trace and write the files, each whole or not at all."""
        assert self.profile is not None
        ended, self.profile = self.profile, None
        ended.stop()
        folder = run.folder / "profile"
        folder.mkdir(parents=True, exist_ok=True)
        group = run.hardware.group
        rank = f"-{group.rank}" if group.world > 1 else ""
        order = "self_device_time_total" if run.hardware.device.type == "cuda" else "self_cpu_time_total"
        table = ended.key_averages().table(sort_by=order, row_limit=ROWS, max_name_column_width=40)
        write_text(folder / f"table{rank}.txt", f"updates {self.first} to {self.done}\n{table}\n")
        with TemporaryDirectory() as temporary:
            made = Path(temporary) / "trace.json"
            ended.export_chrome_trace(str(made))
            with open(made, "rb") as trace:
                write_whole(folder / f"trace{rank}.json", lambda file: shutil.copyfileobj(trace, file))
        log.info("traced updates %d to %d: %s", self.first, self.done, folder / f"trace{rank}.json")
