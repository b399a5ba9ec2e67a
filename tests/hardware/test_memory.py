"""An explanation of what filled the memory, from real errors."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from runner.hardware.memory import OutOfMemory, batch_of, explain_memory, explained, helping, outputs_of
from runner.loop import fit
from tests.support import built

ROOT = Path(__file__).parents[2]

LIMITED = """
import resource, sys
import psutil
from runner.hardware.memory import explain_memory
from runner.loop import fit
from tests.support import built
from pathlib import Path

words = ["dataset.samples=3000", "batch_size=1000", "model.widths=[16384,64]", "hardware=cpu", "callback=[record]"]
run = built(Path(sys.argv[1]), *words)
taken = psutil.Process().memory_info().vms
resource.setrlimit(resource.RLIMIT_AS, (taken + 150 * 2**20, resource.RLIM_INFINITY))
try:
    fit(run)
except RuntimeError as error:
    print(explain_memory(error.__cause__ or error, run.hardware))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is kept by Linux")
def test_a_training_that_really_runs_out_of_memory(tmp_path):
    """Each sample has 64 KiB of hidden units, before and after the activation: 1,000 do not fit twice in 150 MiB."""
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "run")]
    environment = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    text = done.stdout
    assert "out of memory on cpu: 62.5 MiB asked for, " in text
    assert "batch: 1000 x " in text
    assert "model: parameters 8.1 MiB, gradients 8.1 MiB, optimizer state 0 bytes" in text
    assert "(Linear) 1000 x 16384 62.5 MiB; " in text
    assert "what helps: batch_size=500, or batch_size=auto; hardware.accumulate=2," in text
    assert "hardware.precision=bf16" in text


def raised(run, inputs):
    """An error as it would come out of a step."""

    def step(inputs, targets):
        torch.empty(2**50, dtype=torch.uint8)

    with pytest.raises(RuntimeError) as caught:
        step(inputs, torch.zeros(len(inputs)))
    return caught.value


def test_only_errors_for_lack_of_memory_are_explained(tmp_path):
    hardware, other = built(tmp_path / "run").hardware, RuntimeError("shapes")
    assert explain_memory(other, hardware) is None
    assert explained(other, hardware) is other
    short = MemoryError()
    told = explained(short, hardware)
    assert isinstance(told, OutOfMemory)
    assert told.__cause__ is short
    assert explained(told, hardware) is told
    assert "batch: " not in str(told), "there was none"
    assert "a smaller batch_size, or batch_size=auto" in str(told)


def test_sizes_are_those_of_a_real_pass(tmp_path):
    run = built(tmp_path / "run", "dataset=digits", "model=cnn", "model.widths=[8,16]", "hardware=cpu")
    inputs, _ = next(iter(run.batches["train"]()))
    seen = {}
    for name, module in run.model.named_modules():
        if not any(module.children()):
            module.register_forward_hook(lambda _, __, out, name=name: seen.__setitem__(name, tuple(out.shape)))
    run.model(inputs)
    real = dict(seen)
    outputs = outputs_of(run.hardware, inputs)
    assert {output.name: output.shape for output in outputs} == real
    assert all(output.size == 4 * torch.Size(output.shape).numel() for output in outputs)


def test_micro_batches_and_half_precision_halve_them(tmp_path):
    words = ["dataset=digits", "model=cnn", "model.widths=[8]", "hardware=cpu", "batch_size=16"]

    def total(*more):
        run = built(tmp_path / "run", *words, *more)
        return sum(output.size for output in outputs_of(run.hardware, next(iter(run.batches["train"]()))[0]))

    whole = total()
    assert total("hardware.accumulate=2") == whole // 2
    assert whole // 2 <= total("hardware.precision=bf16") < whole


def test_of_tokens_and_models_with_a_state(tmp_path):
    words = ["dataset=text", "model=lstm", "task=language_modeling", "dataset.bptt=16", "model.width=8", "batch_size=6"]
    run = built(tmp_path / "run", *words, "hardware=cpu")
    inputs, _ = next(iter(run.batches["train"]()))
    text = explain_memory(raised(run, inputs), run.hardware)
    assert "batch: 6 x 16 int64" in text
    assert " 6 x 16 x 8 3.0 KiB" in text
    assert "accumulate" not in text, "a state that is carried on goes with whole batches"


def test_only_what_would_help_is_named(tmp_path):
    run = built(tmp_path / "run", "hardware=cpu", "optimizer=adamw")
    assert list(helping(run.hardware, 64))[:2] == [
        "batch_size=32, or batch_size=auto",
        "hardware.accumulate=2, with the same batch in smaller parts",
    ]
    assert list(helping(run.hardware, 1)) == ["a smaller model"]
    run.hardware.precision, run.hardware.accumulate = "bf16", 8
    assert list(helping(run.hardware, 12)) == ["batch_size=6, or batch_size=auto", "a smaller model"]
    assert list(helping(run.hardware, 64, little=True)) == [
        "an optimizer that keeps less, such as optimizer=sgd",
        "a smaller model",
    ]


def test_where_weights_fill_the_memory_fewer_samples_are_no_help(tmp_path):
    run = built(tmp_path / "run", "hardware=cpu", "model.widths=[512,512]", "batch_size=2")
    inputs, _ = next(iter(run.batches["train"]()))
    text = explain_memory(raised(run, inputs), run.hardware)
    assert "batch_size" not in text
    assert "optimizer=sgd" in text


def test_a_model_that_cannot_be_asked_is_left_out(tmp_path):
    run = built(tmp_path / "run", "hardware=cpu")
    inputs, _ = next(iter(run.batches["train"]()))

    def broken(_):
        raise MemoryError

    run.hardware.model.forward = broken
    text = explain_memory(raised(run, inputs), run.hardware)
    assert "outputs" not in text
    assert "batch_size=8" in text


def test_the_batch_is_that_of_the_outermost_call(tmp_path):
    def inner(inputs):
        raise MemoryError("x")

    def outer():
        inputs, targets = torch.zeros(6, 2), torch.zeros(12)
        inner(inputs[:3])
        return targets

    with pytest.raises(MemoryError) as caught:
        outer()
    inputs, samples = batch_of(caught.value)
    assert (len(inputs), samples) == (6, 12)
    assert batch_of(MemoryError()) == (None, 0)


def test_an_evaluation_is_explained_too(tmp_path):
    run = built(tmp_path / "run", "hardware=cpu", "callback=[record]", "epochs=1")
    run.model.register_forward_hook(lambda module, *_: None if module.training else torch.empty(2**50))
    with pytest.raises(RuntimeError) as caught:
        fit(run)
    assert "batch: " in explain_memory(caught.value.__cause__ or caught.value, run.hardware)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_that_runs_out_of_memory_is_explained_and_lives(tmp_path):
    run = built(tmp_path / "run", "hardware=gpu", "batch_size=32")
    inputs, _ = next(iter(run.batches["train"]()))

    def step(inputs, targets):
        return torch.empty(2**46, dtype=torch.uint8, device="cuda")

    with pytest.raises(torch.OutOfMemoryError) as caught:
        step(inputs, torch.zeros(32))
    text = explain_memory(caught.value, run.hardware)
    assert text.startswith("out of memory on cuda")
    assert "batch: 32 x" in text
    assert torch.ones(8, device="cuda").sum().item() == 8
