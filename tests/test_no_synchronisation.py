"""No step waits for the device: nothing is read from a tensor between two rows of the record.

Whether a value is read can be seen on a CPU too, where reading costs nothing: every way to read one goes through a
method of ``Tensor`` or through an operation, and both are watched while the real loop trains.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from unittest.mock import patch

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.ours import STARTED, Paced, prepared
from benchmarks.problem import Problem
from runner.callback.base import Callback
from runner.loop import train_epoch

FIRST, ROW, LAST = 25, 50, 75
METHODS = (
    "item", "cpu", "numpy", "tolist", "nonzero", "__bool__", "__int__", "__float__", "__index__", "__array__",
    "__contains__", "__iter__", "__repr__", "__format__",
)  # fmt: skip
OPERATIONS = {
    "aten::_local_scalar_dense", "aten::is_nonzero", "aten::equal", "aten::nonzero", "aten::masked_select",
    "aten::_unique2", "aten::unique_dim", "aten::unique_consecutive", "aten::repeat_interleave.Tensor",
}  # fmt: skip
"""Operations that give a number to Python, or whose result is as large as the values say."""
EVERYTHING = [
    "hardware.clip_norm=1.0",
    "hardware.accumulate=2",
    "+callback=ema",
    "task.label_smoothing=0.1",
]


class Reads(TorchDispatchMode):
    """Notes every read from a tensor, by the number of the step."""

    def __init__(self) -> None:
        super().__init__()
        self.step = 0
        self.found: list[tuple[int, str]] = []
        self.patches = ExitStack()

    def paced(self, batches):
        for self.step, batch in enumerate(batches, 1):
            yield batch

    def note(self, name: str) -> None:
        self.found.append((self.step, name))

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.name()
        if name in OPERATIONS or (name.startswith("aten::index") and masks(args)):
            self.note(name)
        outputs = func(*args, **(kwargs or {}))
        if isinstance(outputs, torch.Tensor) and not outputs.is_cuda and any(holds_cuda(value) for value in args):
            self.note(f"{name} to the host")
        return outputs

    def __enter__(self):
        for name in METHODS:
            self.patches.enter_context(patch.object(torch.Tensor, name, self.watched(name)))
        return super().__enter__()

    def __exit__(self, *exception):
        super().__exit__(*exception)
        self.patches.close()

    def watched(self, name: str):
        method = getattr(torch.Tensor, name)

        def noted(tensor, *args, **kwargs):
            self.note(f"Tensor.{name}")
            return method(tensor, *args, **kwargs)

        return noted


def masks(args: tuple[object, ...]) -> bool:
    """Tell whether an index is a mask, which has to be read to know how much it picks."""
    indices = args[1] if len(args) > 1 and isinstance(args[1], list | tuple) else ()
    return any(isinstance(index, torch.Tensor) and index.dtype == torch.bool for index in indices)


def holds_cuda(value: object) -> bool:
    return isinstance(value, torch.Tensor) and value.is_cuda and value.dim() > 0


def train(problem: Problem, folder, steps: int, paced, *words: str) -> None:
    """Train so many steps with the real loop; ``paced`` wraps its batches."""
    run = prepared(problem, folder, *words)
    started = [run.callbacks[name] for name in (*STARTED, "ema") if name in run.callbacks]
    run.callbacks.get("ema", Callback()).start(run)
    run.batches["train"].count = steps
    try:
        train_epoch(replace(run, batches={**run.batches, "train": Paced(run.batches["train"], paced)}))
    finally:
        for callback in reversed(started):
            callback.close(run)


def reads(problem: Problem, folder, *words: str) -> list[tuple[int, str]]:
    """Return what the real loop reads in ``LAST`` steps: (step, by which way)."""
    watch = Reads()
    with watch:
        train(problem, folder, LAST, watch.paced, *words)
    assert watch.step == LAST
    return watch.found


@pytest.mark.parametrize("words", [[], EVERYTHING], ids=["plain", "everything"])
@pytest.mark.parametrize("model", ["mlp", "cnn", "lstm"])
def test_nothing_is_read_between_two_rows_of_the_record(model, words, tmp_path):
    found = reads(Problem(model, batch=4, samples=600), tmp_path, "hardware.guard=0", *words)
    assert [(step, name) for step, name in found if FIRST <= step <= LAST and step != ROW] == []


def test_the_row_itself_is_seen(tmp_path):
    """The watch does see what it is there for."""
    found = reads(Problem(batch=4, samples=600), tmp_path, "hardware.guard=0")
    assert {step for step, _ in found if step >= FIRST} == {ROW}


def test_the_guard_is_what_looks_on_a_cpu(tmp_path):
    found = reads(Problem(batch=4, samples=600), tmp_path, "hardware.guard=10")
    assert {step for step, _ in found if step >= FIRST} == {30, 40, 50, 60, 70}


@pytest.mark.parametrize(
    "read",
    [
        lambda x: x.sum().item(),
        lambda x: x.cpu(),
        lambda x: x.numpy(),
        lambda x: x.tolist(),
        lambda x: bool(x.sum()),
        lambda x: float(x.sum()),
        lambda x: int(x.sum()),
        lambda x: x[x > 0],
        lambda x: x.nonzero(),
        lambda x: x.masked_select(x > 0),
        lambda x: torch.equal(x, x),
        lambda x: x.unique(),
        lambda x: f"{x.sum():.3f}",
    ],
)
def test_every_way_to_read_is_seen(read):
    watch = Reads()
    with watch:
        read(torch.ones(3))
    assert watch.found


def test_work_that_reads_nothing_is_not_taken_for_reading():
    watch = Reads()
    weight = torch.ones(3, requires_grad=True)
    with watch:
        loss = (weight * 2).sum()
        loss.backward()
        torch.optim.AdamW([weight], fused=True).step()
        weight.detach().to("cpu").add_(loss.detach())
    assert watch.found == []


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("words", [[], EVERYTHING, ["hardware.on_oom=split"]], ids=["plain", "everything", "split"])
@pytest.mark.parametrize("model", ["mlp", *(pytest.param(dear, marks=pytest.mark.slow) for dear in ("cnn", "lstm"))])
def test_no_step_waits_for_the_gpu(model, words, tmp_path):
    """With the guard and the record as they are by default: they look every 50 steps, and nothing does between."""
    seen = []

    def strict(batches):
        for number, batch in enumerate(batches, 1):
            torch.cuda.set_sync_debug_mode("error" if ROW < number < 2 * ROW else "default")
            seen.append(number)
            yield batch

    try:
        train(Problem(model, batch=4, samples=800, device="cuda"), tmp_path, 2 * ROW, strict, *words)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert len(seen) == 2 * ROW
