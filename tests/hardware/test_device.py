import pytest
import torch

from runner.hardware.device import able, own, resolve, suited

CPU, CUDA, MPS = torch.device("cpu"), torch.device("cuda"), torch.device("mps")


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


def test_what_a_processor_has_is_asked():
    known = torch.cpu.get_capabilities()
    assert able(CPU).name == "this CPU"
    if known["architecture"] == "x86_64":
        assert able(CPU).bf16 == (known["avx512_bf16"] or known["amx_bf16"])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_is_asked():
    major = torch.cuda.get_device_capability()[0]
    assert able(CUDA).tf32 == able(CUDA).bf16 == (major >= 8 or torch.version.hip is not None)
    assert suited(CUDA) == ("bf16" if able(CUDA).bf16 else "fp32")
    assert resolve("auto", local_rank=0) == resolve("cuda", local_rank=0) == torch.device("cuda:0")
    with pytest.raises(ValueError, match="one process each"):
        resolve("cuda", local_rank=torch.cuda.device_count())
