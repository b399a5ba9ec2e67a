"""What the machine is doing at this moment: processor, memory and, where there is one, the CUDA device."""

from __future__ import annotations

import psutil
import torch

MEGABYTE = 2**20


class Gauge:
    """Reads the machine; what cannot be read is left out. No reading waits for the device.

    Args:
        device: The device that trains.
    """

    def __init__(self, device: torch.device) -> None:
        self.process = psutil.Process()
        self.cuda = device if device.type == "cuda" else None
        self.utilised = self.cuda is not None and self.utilisation() is not None
        psutil.cpu_percent()  # the first call of each only sets its clock
        self.process.cpu_percent()

    def read(self) -> dict[str, float]:
        """Return percentages since the last reading and megabytes now; 100 % of the process is one core."""
        values = {
            "cpu_percent": psutil.cpu_percent(),
            "process_cpu_percent": self.process.cpu_percent(),
            "memory_megabytes": self.process.memory_info().rss / MEGABYTE,
        }
        if self.cuda is not None:
            values["gpu_memory_megabytes"] = torch.cuda.memory_allocated(self.cuda) / MEGABYTE
            values["gpu_memory_reserved_megabytes"] = torch.cuda.memory_reserved(self.cuda) / MEGABYTE
            if self.utilised and (percent := self.utilisation()) is not None:
                values["gpu_percent"] = percent
        return values

    def utilisation(self) -> float | None:
        """Return the share of time in which the device was busy, in percent; None if NVIDIA's library is not there."""
        try:
            return float(torch.cuda.utilization(self.cuda))
        except Exception:  # no library, no driver, no right to ask
            return None
