"""How training and machine are doing, a row every so many updates: in the record, in the store, and for Prometheus."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge, Le

from runner.callback.base import Callback
from runner.callback.gauge import Gauge
from runner.callback.later import Later, ask
from runner.callback.prometheus import Endpoint, exposition, look
from runner.callback.record import TRAINING, Record
from runner.durable import write_json
from runner.folder import identity
from runner.types import Count

if TYPE_CHECKING:
    from runner.loop import Run

log = logging.getLogger(__name__)
Port = Annotated[int, Ge(0), Le(65535)]

EXPLAINED = {
    "time": "When the last row was written, in seconds since 1970",
    "epoch": "Epochs completed",
    "step": "Updates of the weights",
    "seconds": "Duration of the last epoch",
    "lr": "Learning rate of the last update",
    "train/step_loss": "Loss of the last batch that was looked at",
    "monitor/gradient_norm": "Euclidean norm of the whole gradient, before clipping",
    "monitor/learning_rate": "Learning rate of the last update",
    "monitor/loss_scale": "Loss scale of fp16",
    "monitor/samples_per_second": "Samples or tokens per second of training since the last row, without evaluation",
    "monitor/cpu_percent": "Use of all processors since the last row",
    "monitor/process_cpu_percent": "Use of processors by the training process since the last row, 100 for each core",
    "monitor/memory_megabytes": "Resident memory of the training process",
    "monitor/gpu_memory_megabytes": "Device memory that tensors take",
    "monitor/gpu_memory_reserved_megabytes": "Device memory that torch holds",
    "monitor/gpu_percent": "Share of the time in which the device was busy",
}


class Monitor(Callback):
    """Add rows to ``metrics.jsonl``: gradient norm, learning rate, loss scale, speed, and what the machine does.

    They are the record's rows, so that a resumed run goes on with them and the tracking store gets them too. What is
    not there, such as a loss scale or NVIDIA's library, has no entry.

    Args:
        every_steps: Updates between two rows.
        port: Serve the latest values of all metrics to Prometheus, at ``http://127.0.0.1:<port>/metrics``. 0: any
            free port; ``monitor.json`` in the run folder names it. null: no server.
    """

    def __init__(self, every_steps: Count = 50, port: Port | None = None) -> None:
        self.every_steps, self.port = every_steps, port
        self.endpoint: Endpoint | None = None
        self.last: tuple[int, float] | None = None  # samples seen and seconds trained at the last row
        self.main = True

    def watches_steps(self) -> bool:
        return self.main

    def ready(self) -> None:
        """See whether the port is free.

        Raises:
            ValueError: It is taken.
        """
        if self.port:
            try:
                look(self.port)
            except OSError as error:
                raise self.taken(error) from None

    def taken(self, error: OSError) -> ValueError:
        """Return what is wrong with the port, in words."""
        way_out = "another number, 0 for any free port, or null for none"
        return ValueError(f"callback.monitor.port={self.port} cannot be opened ({error.strerror}): {way_out}")

    def start(self, run: Run) -> None:
        """Have gradients measured, and open the port.

        Several processes may have to measure together, so this runs in each; the main one does the rest.

        Raises:
            ValueError: The port is taken.
        """
        run.hardware.watch_norm = True
        self.main = run.hardware.group.main
        if not self.main:
            return
        self.record = next(callback for callback in run.callbacks.values() if isinstance(callback, Record))
        self.gauge = Gauge(run.hardware.device)
        (run.folder / "monitor.json").unlink(missing_ok=True)
        if self.port is not None:
            self.serve(run, self.port)

    def serve(self, run: Run, port: int) -> None:
        name, record = identity(run.folder), self.record
        try:
            self.endpoint = Endpoint(port, lambda: exposition(record.latest, name, EXPLAINED))
        except OSError as error:
            raise self.taken(error) from None
        log.info("metrics for Prometheus: %s", self.endpoint.url)
        write_json(run.folder / "monitor.json", {"url": self.endpoint.url, "process": os.getpid()})

    def step(self, run: Run) -> None:
        """Write a row; what it asks the device for comes later, no step waits for it."""
        if run.step % self.every_steps == 0:
            self.record.write(run, {f"monitor/{name}": value for name, value in self.values(run).items()})
        elif self.last is None:
            self.last = trained(run)

    def values(self, run: Run) -> dict[str, float | Later]:
        """Return what there is to say."""
        norm, scaler = run.hardware.norm, run.hardware.scaler
        values: dict[str, float | Later] = {"learning_rate": run.schedule.rate(run.step - 1)}
        if norm is not None:
            values["gradient_norm"] = ask(norm)
        if scaler is not None and (scale := scaler._get_scale_async()) is not None:  # get_scale would wait
            values["loss_scale"] = ask(scale)
        before, self.last = self.last, trained(run)
        if before is not None and self.last[1] > before[1]:
            values["samples_per_second"] = (self.last[0] - before[0]) / (self.last[1] - before[1])
        return {**values, **self.gauge.read()}

    def close(self, run: Run) -> None:
        """Close the port."""
        if self.endpoint is not None:
            self.endpoint.close()
            (run.folder / "monitor.json").unlink(missing_ok=True)


def trained(run: Run) -> tuple[int, float]:
    """Return the samples seen since the run began, and the seconds that this process has spent on training steps."""
    seconds = run.hardware.clock.seconds
    return run.epoch * run.batches["train"].samples + run.seen, sum(seconds.get(part, 0.0) for part in TRAINING)
