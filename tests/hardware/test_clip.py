import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import distributed as dist
from torch import nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
from torch.utils._python_dispatch import TorchDispatchMode

from runner.hardware.clip import clipping

SHAPES = st.lists(st.integers(1, 5), max_size=3).map(tuple)
DTYPES = [torch.float32, torch.bfloat16, torch.float64]


@st.composite
def models(draw, dtypes):
    """Parameters with gradients of some shape and type, or without."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    scale = draw(st.sampled_from([0.0, 1e-4, 1.0, 1e4]))
    parameters = []
    for shape, dtype, there in draw(st.lists(st.tuples(SHAPES, st.sampled_from(dtypes), st.booleans()), max_size=6)):
        parameter = nn.Parameter(torch.zeros(shape, dtype=dtype))
        if there:
            parameter.grad = (torch.randn(shape, generator=generator) * scale).to(dtype)
        parameters.append(parameter)
    return parameters


def copied(parameters):
    twins = [nn.Parameter(parameter.detach().clone()) for parameter in parameters]
    for twin, parameter in zip(twins, parameters, strict=True):
        twin.grad = None if parameter.grad is None else parameter.grad.clone()
    return twins


def grads(parameters):
    return [None if parameter.grad is None else parameter.grad for parameter in parameters]


def same(first, second, exact=True):
    for one, other in zip(grads(first), grads(second), strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            tolerance = {"rtol": 0, "atol": 0} if exact else {}
            torch.testing.assert_close(one, other, equal_nan=True, **tolerance)


@settings(deadline=None, max_examples=60)
@given(models([torch.float32]), st.sampled_from([1e-3, 0.5, 10.0]))
def test_norm_is_torchs_to_the_bit(parameters, limit):
    twins = copied(parameters)
    assert torch.equal(clipping(parameters, norm=limit)(), clip_grad_norm_(twins, limit))
    same(parameters, twins)


@settings(deadline=None, max_examples=60)
@given(models(DTYPES), st.sampled_from([1e-3, 0.5, 10.0]))
def test_norm_is_torchs_for_mixed_types(parameters, limit):
    twins = copied(parameters)
    norm, expected = clipping(parameters, norm=limit)(), clip_grad_norm_(twins, limit)
    torch.testing.assert_close(norm, expected, check_dtype=False, rtol=1e-2, atol=1e-6)
    same(parameters, twins, exact=False)


@settings(deadline=None, max_examples=40)
@given(models(DTYPES), st.sampled_from([1e-3, 0.5, 10.0]))
def test_value_is_torchs(parameters, limit):
    twins = copied(parameters)
    assert clipping(parameters, value=limit)() is None
    if any(twin.grad is not None for twin in twins):  # of none, torch's function fails
        clip_grad_value_(twins, limit)
    same(parameters, twins)


def one(*values):
    parameter = nn.Parameter(torch.zeros(len(values)))
    parameter.grad = torch.tensor(values)
    return parameter


@pytest.mark.parametrize("bad", [float("inf"), float("-inf"), float("nan")])
def test_what_is_not_finite_is_not_hidden(bad):
    parameters = [one(3.0, bad), one(1.0, 2.0)]
    twins = copied(parameters)
    norm = clipping(parameters, norm=1.0)()
    assert not norm.isfinite()
    torch.testing.assert_close(norm, clip_grad_norm_(twins, 1.0), equal_nan=True, rtol=0, atol=0)
    same(parameters, twins)
    assert not parameters[0].grad.isfinite().all()


def test_the_norm_that_is_watched_is_the_one_before_any_clipping():
    def clipped(**keys):
        parameters = [one(3.0, 0.0), one(0.0, 4.0)]
        norm = clipping(parameters, **keys)()
        return norm if norm is None else norm.item(), [value for p in parameters for value in p.grad.tolist()]

    assert clipping([one(1.0)]) is None
    assert clipped(watch=True) == (5.0, [3, 0, 0, 4])
    assert clipped(value=1.0, watch=True) == (5.0, [1, 0, 0, 1])
    assert clipped(value=1.0) == (None, [1, 0, 0, 1])
    norm, values = clipped(norm=1.0)
    assert norm == 5.0
    assert values == pytest.approx([0.6, 0, 0, 0.8], abs=1e-6)
    norm, values = clipped(norm=1.0, value=1.0, watch=True)
    assert norm == 5.0
    assert values == pytest.approx([0.5**0.5, 0, 0, 0.5**0.5], abs=1e-6)


def calls(function):
    count = 0

    def profile(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def test_fewer_calls_than_torch():
    parameters = [one(1.0, 2.0) for _ in range(6)]
    assert 5 * calls(clipping(parameters, norm=1.0)) < calls(lambda: clip_grad_norm_(parameters, 1.0))
    assert 5 * calls(clipping(parameters, value=1.0)) < calls(lambda: clip_grad_value_(parameters, 1.0))


class Asked(TorchDispatchMode):
    """Counts questions to the device: numbers that the host reads."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.count += function is torch.ops.aten._local_scalar_dense.default
        return function(*args, **(kwargs or {}))


def test_the_device_is_not_asked():
    parameters = [one(1.0, 2.0) for _ in range(3)]
    clip = clipping(parameters, norm=1.0, value=1.5, watch=True)
    with Asked() as asked:
        clip()
        assert asked.count == 0
        parameters[0].sum().item()
        assert asked.count == 1


@pytest.fixture
def group():
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.skipif(not dist.is_available(), reason="needs torch.distributed")
def test_sharded_gradients_go_by_torchs_functions(group):
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import Shard, distribute_tensor

    mesh = init_device_mesh("cpu", (1,))
    plain = [one(3.0, 0.0), one(0.0, 4.0)]
    sharded = [nn.Parameter(distribute_tensor(parameter.detach(), mesh, [Shard(0)])) for parameter in plain]
    for part, parameter in zip(sharded, plain, strict=True):
        part.grad = distribute_tensor(parameter.grad.clone(), mesh, [Shard(0)])
    for keys in ({"watch": True}, {"norm": 4.0}, {"value": 2.0, "norm": 1.0, "watch": True}, {"value": 0.2}):
        norm, expected = clipping(sharded, **keys)(), clipping(plain, **keys)()
        assert (norm is None) == (expected is None)
        if norm is not None:
            assert type(norm) is torch.Tensor
            torch.testing.assert_close(norm, expected)
        for part, parameter in zip(sharded, plain, strict=True):
            torch.testing.assert_close(part.grad.full_tensor(), parameter.grad)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_does_not_wait():
    generator = torch.Generator().manual_seed(0)
    parameters = [nn.Parameter(torch.zeros(100, 10, device="cuda")) for _ in range(5)]
    for parameter in parameters:
        parameter.grad = torch.randn(100, 10, generator=generator).cuda()
    twins = copied(parameters)
    clip = clipping(parameters, norm=1.0)
    torch.cuda.set_sync_debug_mode("error")
    try:
        norm = clip()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert torch.equal(norm, clip_grad_norm_(twins, 1.0))
    same(parameters, twins)
