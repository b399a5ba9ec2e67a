import copy

import pytest
import torch
from torch import nn

from runner.hardware.device import resolve
from runner.hardware.hardware import Hardware
from runner.hardware.surprises import surprises


def model_and_batch(count=10):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
    return model, torch.randn(count, 6), torch.randint(0, 3, (count,))


def gradients(hardware, count=10):
    model, inputs, targets = model_and_batch(count)
    model = hardware.place(model)
    hardware.attach(torch.optim.SGD(model.parameters(), lr=0.1))
    loss = hardware.backward(lambda x, y: nn.functional.cross_entropy(model(x), y), inputs, targets)
    return loss, [parameter.grad for parameter in model.parameters()]


@pytest.mark.parametrize("count", [12, 10, 7, 2, 1])
def test_accumulation_is_the_gradient_of_the_whole_batch(count):
    """Also for a count that does not divide: a short window is scaled by its share."""
    loss, whole = gradients(Hardware(device="cpu"), count)
    again, parts = gradients(Hardware(device="cpu", accumulate=4), count)
    torch.testing.assert_close(again, loss)
    for part, expected in zip(parts, whole, strict=True):
        torch.testing.assert_close(part, expected)


def update(hardware, rate=0.1, factor=100):
    model, inputs, targets = model_and_batch()
    model = hardware.place(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    before = copy.deepcopy(list(model.parameters()))
    hardware.attach(optimizer)
    hardware.backward(lambda x, y: factor * nn.functional.cross_entropy(model(x), y), inputs, targets)
    hardware.update()
    assert all(parameter.grad is None for parameter in model.parameters())
    return [(a - b) / -rate for a, b in zip(model.parameters(), before, strict=True)]


def test_clipping_by_norm_and_by_value():
    free = update(Hardware(device="cpu"))
    norm = torch.cat([gradient.flatten() for gradient in free]).norm()
    assert norm > 2
    clipped = update(Hardware(device="cpu", clip_norm=2.0))
    for gradient, short in zip(free, clipped, strict=True):
        torch.testing.assert_close(short, gradient * 2 / norm, rtol=1e-3, atol=1e-4)
    valued = update(Hardware(device="cpu", clip_value=0.5))
    for gradient, short in zip(free, valued, strict=True):
        torch.testing.assert_close(short, gradient.clamp(-0.5, 0.5), rtol=1e-3, atol=1e-4)


def test_bf16_computes_in_bf16_and_keeps_weights_in_fp32():
    hardware = Hardware(device="cpu", precision="bf16")
    model = hardware.place(nn.Linear(4, 4))
    with hardware.context:
        assert model(torch.randn(2, 4)).dtype == torch.bfloat16
    assert model.weight.dtype == torch.float32


def test_fp16_scales_the_loss_skips_bad_updates_and_keeps_its_state():
    hardware = Hardware(device="cpu", precision="fp16")
    scale = hardware.scaler.get_scale()
    gradient = update(hardware, factor=1)
    exact = update(Hardware(device="cpu"), factor=1)
    for half, full in zip(gradient, exact, strict=True):
        torch.testing.assert_close(half, full, rtol=0.05, atol=0.05)
    weight = nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    hardware.attach(optimizer)
    hardware.backward(lambda x, y: (weight * float("inf")).sum(), torch.ones(1, 1), torch.zeros(1))
    hardware.update()
    assert weight.item() == 1  # an infinite gradient is not applied
    assert hardware.scaler.get_scale() == scale / 2
    other = Hardware(device="cpu", precision="fp16")
    other.load_state_dict(hardware.state_dict())
    assert other.scaler.get_scale() == scale / 2


def test_a_setting_without_effect_speaks():
    assert surprises(torch.device("cpu"), "fp32") == []
    assert "no effect" in Hardware(device="cpu", precision="tf32").notes[0]
    assert "slower" in Hardware(device="cpu", precision="fp16").notes[0]
    hardware = Hardware(device="cpu", channels_last=True)
    hardware.place(nn.Linear(2, 2))
    assert "no convolution" in hardware.notes[0]


def test_channels_last_changes_the_layout_not_the_result():
    model, inputs = nn.Conv2d(3, 8, 3), torch.randn(2, 3, 8, 8)
    expected = model(inputs)
    placed = Hardware(device="cpu", channels_last=True).place(model)
    assert placed.weight.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(placed(inputs), expected)


def test_devices_that_are_not_here_are_named():
    assert resolve("cpu") == torch.device("cpu")
    with pytest.raises(ValueError, match="is no device: auto, cpu"):
        resolve("gpux")
    missing = "xpu" if torch.cuda.is_available() else "cuda"
    with pytest.raises(ValueError, match=f"device={missing} is not on this machine"):
        resolve(missing)


def test_auto_is_the_cpu_without_an_accelerator():
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    hardware = Hardware()
    assert hardware.device.type == expected
    if expected == "cpu":
        assert hardware.precision == "fp32"


def test_deterministic_and_threads_are_set_by_prepare():
    before = torch.get_num_threads()
    try:
        Hardware(device="cpu", deterministic=True, threads=1).prepare()
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.get_num_threads() == 1
    finally:
        torch.use_deterministic_algorithms(False)
        torch.set_num_threads(before)


def test_the_norm_of_the_gradient_is_left_where_it_is_watched():
    hardware = Hardware(device="cpu", clip_norm=0.1)
    model, inputs, targets = model_and_batch()
    hardware.attach(torch.optim.SGD(hardware.place(model).parameters(), lr=0.1))
    assert not hardware.watch_norm
    hardware.watch_norm = True
    hardware.backward(lambda x, y: 100 * nn.functional.cross_entropy(model(x), y), inputs, targets)
    expected = torch.cat([parameter.grad.flatten() for parameter in model.parameters()]).norm()
    hardware.update()
    torch.testing.assert_close(hardware.norm, expected)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("precision", ["fp32", "tf32", "bf16", "fp16"])
def test_a_gpu_step_is_close_to_the_cpus(precision):
    hardware = Hardware(device="cuda", precision=precision)
    assert hardware.device == torch.device("cuda:0")  # with its number: torch takes no other for some calls
    hardware.prepare()
    assert torch.backends.cudnn.allow_tf32 == (precision == "tf32")
    model, inputs, targets = model_and_batch()
    placed = hardware.place(copy.deepcopy(model))
    hardware.attach(torch.optim.SGD(placed.parameters(), lr=0.1))
    loss = hardware.backward(lambda x, y: nn.functional.cross_entropy(placed(x), y), inputs.cuda(), targets.cuda())
    expected = nn.functional.cross_entropy(model(inputs), targets)
    torch.testing.assert_close(loss.cpu().float(), expected, rtol=2e-2, atol=2e-2, check_dtype=False)


@pytest.mark.parametrize("task", ["classification", "binary"])
def test_accumulation_is_the_whole_batch_with_weighted_classes_too(task):
    from runner.task.binary import Binary
    from runner.task.classification import Classification

    torch.manual_seed(0)
    weighted = Binary([1.0, 10.0]) if task == "binary" else Classification(class_weight=[1.0, 10.0])
    inputs, targets = torch.randn(30, 4), (torch.arange(30) > 22).long()
    losses, gradients = [], []
    for accumulate in (1, 4):
        torch.manual_seed(1)
        model = torch.nn.Linear(4, 1 if task == "binary" else 2)
        hardware = Hardware(device="cpu", accumulate=accumulate)
        hardware.place(model)
        hardware.mass = weighted.mass
        hardware.attach(torch.optim.SGD(model.parameters(), lr=0.1))
        losses.append(hardware.backward(lambda x, y, model=model: weighted.loss(model(x), y), inputs, targets))
        gradients.append(model.weight.grad.clone())
    torch.testing.assert_close(*losses)
    torch.testing.assert_close(*gradients)
