import torch

from runner.hardware.device import resolve, suited, surprises


def test_a_cpu_computes_in_single_precision_unless_told():
    assert resolve("cpu") == torch.device("cpu")
    assert suited(torch.device("cpu")) == "fp32"


def test_a_setting_without_effect_says_so():
    assert "no effect" in surprises(torch.device("cpu"), "tf32")[0]
    assert "emulated" in surprises(torch.device("cpu"), "fp16")[0]
    assert surprises(torch.device("cpu"), "bf16") == []
