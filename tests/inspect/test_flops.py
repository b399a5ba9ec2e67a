"""Layers of a model: every number against the one that is worked out by hand."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from runner.inspect.flops import first, layers, symbolic

LENGTH, FEATURES, WIDTH = 5, 3, 7


def total(model, inputs):
    return sum(layer.flops for layer in layers(model, inputs))


def test_a_small_network_layer_by_layer():
    model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(128, 5))
    model[0].bias.requires_grad_(False)
    conv, norm, relu, flatten, linear = layers(model, torch.zeros(2, 3, 4, 4))
    assert (conv.name, conv.kind, conv.shape) == ("0", "Conv2d", ("n", 8, 4, 4))
    assert (conv.trainable, conv.frozen, conv.size) == (3 * 8 * 9, 8, 4 * (3 * 8 * 9 + 8))
    assert conv.flops == 2 * 3 * 9 * 8 * 4 * 4
    assert (norm.trainable, norm.flops) == (16, 0)
    assert (relu.trainable, relu.size, relu.flops, relu.shape) == (0, 0, 0, ("n", 8, 4, 4))
    assert flatten.shape == ("n", 128)
    assert (linear.shape, linear.flops) == (("n", 5), 2 * 128 * 5)


@settings(deadline=None, max_examples=20)
@given(
    channels=st.integers(1, 3), width=st.integers(1, 3), groups=st.integers(1, 2), kernel=st.integers(1, 3),
    stride=st.integers(1, 2), padding=st.integers(0, 2), pixels=st.integers(4, 7),
)  # fmt: skip
def test_convolutions_of_any_kind(channels, width, groups, kernel, stride, padding, pixels):
    model = nn.Conv2d(channels * groups, width * groups, kernel, stride, padding, groups=groups)
    side = (pixels + 2 * padding - kernel) // stride + 1
    [layer] = layers(model, torch.zeros(2, channels * groups, pixels, pixels))
    assert layer.shape == ("n", width * groups, side, side)
    assert layer.flops == 2 * width * groups * side**2 * channels * kernel**2


@pytest.mark.parametrize(("kind", "gates"), [(nn.RNN, 1), (nn.GRU, 3), (nn.LSTM, 4)])
@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("depth", [1, 2])
def test_recurrent_layers(kind, gates, directions, depth):
    model = kind(FEATURES, WIDTH, depth, batch_first=True, bidirectional=directions == 2)
    [layer] = layers(model, torch.zeros(2, LENGTH, FEATURES))
    inputs = [FEATURES, *[directions * WIDTH] * (depth - 1)]  # of each layer
    per_step = sum(2 * gates * WIDTH * (size + WIDTH) * directions for size in inputs)
    assert layer.flops == LENGTH * per_step
    assert layer.shape == ("n", LENGTH, directions * WIDTH)
    assert layer.trainable == sum(parameter.numel() for parameter in model.parameters())


class Packed(nn.Module):
    """A classifier that packs its sequences."""

    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.GRU(FEATURES, WIDTH, batch_first=True), nn.Linear(WIDTH, 2)

    def forward(self, inputs):
        lengths = torch.full((len(inputs),), LENGTH)
        _, state = self.cell(pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False))
        return self.head(state[-1])


def test_packed_sequences():
    cell, head = layers(Packed(), torch.zeros(2, LENGTH, FEATURES))
    assert (cell.name, cell.shape) == ("cell", ("n", LENGTH, WIDTH))
    assert cell.flops == LENGTH * 2 * 3 * WIDTH * (FEATURES + WIDTH)
    assert (head.shape, head.flops) == (("n", 2), 2 * WIDTH * 2)


def test_attention():
    width, inner = 8, 16
    model = nn.TransformerEncoderLayer(width, 2, inner, batch_first=True)
    found = {layer.name: layer for layer in layers(model, torch.zeros(2, LENGTH, width))}
    projections, scores = LENGTH * width * 4 * width, 2 * LENGTH * LENGTH * width
    assert found["self_attn"].flops == 2 * (projections + scores)
    assert found["linear1"].flops == found["linear2"].flops == 2 * LENGTH * width * inner
    assert found["self_attn.out_proj"].shape is None, "its weights are used, it is never called"
    assert sum(layer.trainable for layer in found.values()) == sum(p.numel() for p in model.parameters())


class Bare(nn.Module):
    """Matrix products of its own, and a parameter."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4))
        self.layer = nn.Linear(4, 4, bias=False)
        self.twin = nn.Linear(4, 4, bias=False)
        self.twin.weight = self.layer.weight

    def forward(self, inputs):
        values = self.twin(self.layer(self.layer(inputs))) * self.scale
        return {"scores": torch.einsum("nld,nmd->nlm", values, values)}


def test_what_a_model_does_itself_and_weights_that_are_shared():
    model, layer, twin = layers(Bare(), torch.zeros(2, LENGTH, 4))
    assert (model.name, model.kind, model.trainable) == ("", "Bare", 4)
    assert model.flops == 2 * LENGTH * LENGTH * 4, "without the layers inside"
    assert model.shape == ("n", LENGTH, LENGTH)
    assert layer.flops == 2 * twin.flops == 2 * 2 * LENGTH * 4 * 4, "called twice"
    assert (layer.trainable, twin.trainable) == (16, 0), "one weight counts once"


def test_sums_do_not_depend_on_the_batch():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    assert total(model, torch.zeros(2, 3)) == total(model, torch.zeros(8, 3)) == 2 * (12 + 8)


def test_nothing_is_left_behind():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    fused, fast = torch.backends.mkldnn.enabled, torch.backends.mha.get_fastpath_enabled()
    layers(model, torch.randn(4, 3))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    with pytest.raises(RuntimeError):
        layers(model, torch.zeros(4, 5))
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert (torch.backends.mkldnn.enabled, torch.backends.mha.get_fastpath_enabled()) == (fused, fast)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((2, 3), ("n", 3)), ((3, 2, 4), (3, "n", 4)), ((2, 2), ("n", 2)), ((10, 4), ("5n", 4)), ((3,), (3,)), ((), ())],
)
def test_the_batch_in_a_shape(shape, expected):
    assert symbolic(torch.Size(shape), 2) == expected


def test_the_first_tensor_of_an_output():
    tensor = torch.zeros(3)
    assert first((None, {"a": "text", "b": [tensor]})) is tensor
    assert first("text") is None
