import pytest
import torch
from torch import nn

from runner.hardware.device import Able, able, own, resolve, suited, surprises, waits
from runner.optimizer.nadam import nadam
from runner.optimizer.sgd import sgd

CPU, CUDA, MPS = torch.device("cpu"), torch.device("cuda"), torch.device("mps")
NEW, OLD = Able("a new GPU", tf32=True, bf16=True), Able("an old GPU", tf32=False, bf16=False)


def test_a_cpu_computes_in_single_precision_unless_told():
    assert resolve("cpu") == torch.device("cpu")
    assert suited(torch.device("cpu")) == "fp32"


def test_processes_on_a_cpu_share_it():
    assert resolve("cpu", local_rank=3, processes=4) == CPU


def test_each_process_has_a_gpu_of_its_own():
    assert [own(CUDA, rank, 2) for rank in range(2)] == [torch.device("cuda:0"), torch.device("cuda:1")]
    with pytest.raises(
        ValueError, match=r"hardware\.processes=4, but this machine has 2 cuda devices: one process each"
    ):
        own(CUDA, 2, 2, processes=4)
    with pytest.raises(ValueError, match="process 2 of those started here, but this machine has 2 cuda devices"):
        own(CUDA, 2, 2)
    with pytest.raises(ValueError, match=r"hardware\.device=cuda:1 is one device for several processes: use cuda"):
        own(torch.device("cuda:1"), 0, 2)
    with pytest.raises(ValueError, match=r"hardware\.device=mps trains in one process"):
        own(MPS, 0, 1)


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
    ],
)
def test_a_setting_with_effect_is_silent(device, precision, keys):
    assert list(surprises(device, precision, **{"has": NEW, **keys})) == []


def test_several_notes_at_once():
    assert len(surprises(CPU, "fp16", graphs=True, guard=1, compile="reduce-overhead")) == 4


def test_what_a_processor_has_is_asked():
    known = torch.cpu.get_capabilities()
    assert able(CPU).name == "this CPU"
    if known["architecture"] == "x86_64":
        assert able(CPU).bf16 == (known["avx512_bf16"] or known["amx_bf16"])


def test_only_fused_optimizers_skip_updates_without_waiting():
    weights = [nn.Parameter(torch.zeros(2))]
    plain, fused = nadam(weights, 0.1), sgd(weights, 0.1)
    [note] = waits(plain, CUDA, "fp16")
    assert note == "hardware.precision=fp16 has NAdam wait for the device at every update: bf16 needs no loss scale"
    assert list(waits(fused, CUDA, "fp16")) == list(waits(plain, CUDA, "bf16")) == list(waits(plain, CPU, "fp16")) == []


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_is_asked():
    major = torch.cuda.get_device_capability()[0]
    assert able(CUDA).tf32 == able(CUDA).bf16 == (major >= 8 or torch.version.hip is not None)
    assert suited(CUDA) == ("bf16" if able(CUDA).bf16 else "fp32")
    assert resolve("auto", local_rank=0) == resolve("cuda", local_rank=0) == torch.device("cuda:0")
    with pytest.raises(ValueError, match="one process each"):
        resolve("cuda", local_rank=torch.cuda.device_count())
