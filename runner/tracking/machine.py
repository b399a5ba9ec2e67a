"""What the machine does while a run trains, under the names that MLflow's interface shows as system metrics."""

from __future__ import annotations

import contextlib
import importlib
import time
from pathlib import Path
from typing import Any

from runner.tracking.points import Point

MEGABYTE = 2**20


class Machine:
    """Samples processor, memory, disk and, if NVIDIA's library is there, the devices.

    Args:
        folder: The disk to watch is the one that this folder is on.
        process: Whose memory to watch.
    """

    def __init__(self, folder: Path, process: int) -> None:
        import psutil

        self.folder = folder
        described = [path for name in ("config.yaml", "sweep.yaml") if (path := folder / name).exists()]
        self.begun = described[0].stat().st_ctime if described else time.time()
        self.process = None
        with contextlib.suppress(psutil.Error):
            self.process = psutil.Process(process)
        psutil.cpu_percent()  # the first call only sets the clock
        self.devices: list[Any] = []
        with contextlib.suppress(Exception):  # no library, no driver, no right to ask: no device metrics
            self.nvml: Any = importlib.import_module("pynvml")
            self.nvml.nvmlInit()
            self.devices = [self.nvml.nvmlDeviceGetHandleByIndex(i) for i in range(self.nvml.nvmlDeviceGetCount())]

    def sample(self) -> list[Point]:
        """Return one value of each metric; the step is the run's age in seconds."""
        import psutil

        memory = psutil.virtual_memory()
        values = {
            "cpu_utilization_percentage": psutil.cpu_percent(),
            "system_memory_usage_megabytes": memory.used / MEGABYTE,
            "system_memory_usage_percentage": memory.percent,
            "disk_usage_percentage": psutil.disk_usage(str(self.folder)).percent,
        }
        with contextlib.suppress(psutil.Error):
            if self.process is not None:
                values["process_memory_usage_megabytes"] = self.process.memory_info().rss / MEGABYTE
        for index, device in enumerate(self.devices):
            with contextlib.suppress(Exception):
                values[f"gpu_{index}_utilization_percentage"] = self.nvml.nvmlDeviceGetUtilizationRates(device).gpu
                used = self.nvml.nvmlDeviceGetMemoryInfo(device).used
                values[f"gpu_{index}_memory_usage_megabytes"] = used / MEGABYTE
        now = time.time()
        step = max(1, round(now - self.begun))
        return [Point(f"system/{name}", float(value), now, step) for name, value in values.items()]
