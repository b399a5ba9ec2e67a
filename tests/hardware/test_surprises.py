import pytest
import torch
from torch import nn

from runner.hardware.device import Able
from runner.hardware.surprises import surprises, waits
from runner.optimizer.nadam import nadam
from runner.optimizer.sgd import sgd

CPU, CUDA, MPS = torch.device("cpu"), torch.device("cuda"), torch.device("mps")
NEW, OLD = Able("a new GPU", tf32=True, bf16=True), Able("an old GPU", tf32=False, bf16=False)


@pytest.mark.parametrize(
    ("device", "precision", "keys", "words"),
    [
        (CPU, "tf32", {}, "hardware.precision=tf32 has no effect on cpu: it computes in fp32"),
        (MPS, "tf32", {}, "hardware.precision=tf32 has no effect on mps"),
        (CUDA, "tf32", {"has": OLD}, "hardware.precision=tf32 has no effect: an old GPU has no instructions"),
        (CPU, "fp16", {}, "hardware.precision=fp16 is emulated on a CPU"),
        (CPU, "bf16", {"has": Able("this CPU", bf16=False)}, "hardware.precision=bf16 is emulated: this CPU has no"),
        (
            CUDA,
            "bf16",
            {"has": OLD},
            "hardware.precision=bf16 is emulated: an old GPU has no instructions for it, fp16",
        ),
        (CUDA, "fp16", {"guard": 5}, "hardware.guard has no effect with fp16"),
        (CPU, "fp32", {"compile": "reduce-overhead"}, "hardware.compile=reduce-overhead is compile=true on cpu"),
        (CPU, "fp32", {"graphs": True}, "hardware.graphs has no effect on cpu"),
        (CPU, "fp32", {"cudnn_benchmark": True}, "hardware.cudnn_benchmark has no effect on cpu"),
        (CUDA, "fp32", {"threads": 2}, "hardware.threads=2 is about the CPU, but the model is computed on cuda"),
        (CUDA, "fp32", {"shard": True}, "hardware.shard has no effect with one process"),
        (CPU, "fp32", {"sync_batch_norm": True}, "hardware.sync_batch_norm has no effect with one process"),
        (CPU, "bf16", {"nonfinite": "skip", "guard": 9}, "hardware.guard=9 has no effect with nonfinite=skip"),
        (CUDA, "fp16", {"nonfinite": "skip"}, "hardware.nonfinite=skip has no effect with fp16"),
        (CPU, "fp32", {"limited": True}, "hardware.nonfinite_limit has no effect with nonfinite=stop: the first one"),
        (CPU, "fp32", {"slowed": True, "nonfinite": "skip"}, "hardware.rewind_rate has no effect with nonfinite=skip"),
    ],
)
def test_a_setting_without_effect_says_so(device, precision, keys, words):
    [note] = surprises(device, precision, **{"has": NEW, **keys})
    assert note.startswith(words)


@pytest.mark.parametrize(
    ("device", "precision", "keys"),
    [
        *((CUDA, precision, {}) for precision in ("fp32", "tf32", "bf16", "fp16")),
        (CUDA, "fp32", {"has": OLD}),
        (CUDA, "fp16", {"has": OLD, "guard": 0}),
        (CUDA, "bf16", {"compile": "reduce-overhead", "guard": 5}),
        (CUDA, "fp32", {"graphs": True, "shard": True, "sync_batch_norm": True, "world": 2}),
        (CPU, "fp32", {"compile": "max-autotune", "threads": 2}),
        (CPU, "fp32", {"compile": True, "sync_batch_norm": True, "world": 3}),
        (CPU, "bf16", {}),
        (CPU, "fp32", {"nonfinite": "skip", "limited": True, "guard": 1}),
        (CPU, "fp32", {"nonfinite": "rewind", "limited": True, "slowed": True}),
    ],
)
def test_a_setting_with_effect_is_silent(device, precision, keys):
    assert list(surprises(device, precision, **{"has": NEW, **keys})) == []


def test_several_notes_at_once():
    assert len(surprises(CPU, "fp16", graphs=True, guard=1, compile="reduce-overhead")) == 4


def test_only_fused_optimizers_skip_updates_without_waiting():
    weights = [nn.Parameter(torch.zeros(2))]
    plain, fused = nadam(weights, 0.1), sgd(weights, 0.1)
    [note] = waits(plain, CUDA, "fp16")
    assert note == "hardware.precision=fp16 has NAdam wait for the device at every update: bf16 needs no loss scale"
    assert list(waits(fused, CUDA, "fp16")) == list(waits(plain, CUDA, "bf16")) == list(waits(plain, CPU, "fp16")) == []
