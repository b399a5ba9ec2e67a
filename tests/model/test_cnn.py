import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from runner.model.cnn import CNN


@pytest.mark.parametrize("pool", ["max", "avg"])
def test_equals_the_layers_written_out(pool):
    model = CNN((2, 8, 8), 3, widths=[4, 5], depth=1, batch_norm=False, activation="gelu", pool=pool).eval()
    inputs = torch.randn(6, 2, 8, 8)
    weights = list(model.parameters())
    halve = {"max": F.max_pool2d, "avg": F.avg_pool2d}[pool]
    hidden = inputs
    for weight, bias in (weights[0:2], weights[2:4]):
        hidden = halve(F.gelu(F.conv2d(hidden, weight, bias, padding=1)), 2)
    expected = hidden.mean((2, 3)) @ weights[4].T + weights[5]
    torch.testing.assert_close(model(inputs), expected)


def test_strides_and_a_head_equal_the_layers_written_out():
    model = CNN((2, 7, 9), 3, widths=[4, 5], depth=2, batch_norm=False, pool="stride", head=[6])
    inputs = torch.randn(6, 2, 7, 9)
    weights = list(model.parameters())
    hidden = inputs
    for i, stride in enumerate((1, 2, 1, 2)):
        hidden = F.relu(F.conv2d(hidden, weights[2 * i], weights[2 * i + 1], stride=stride, padding=1))
    hidden = F.relu(hidden.mean((2, 3)) @ weights[8].T + weights[9])
    torch.testing.assert_close(model(inputs), hidden @ weights[10].T + weights[11])


def test_parameter_count_with_batch_norm():
    model = CNN((1, 8, 8), 10, widths=[4, 8], depth=2)
    convolutions = 9 * (1 * 4 + 4 * 4 + 4 * 8 + 8 * 8)
    assert sum(p.numel() for p in model.parameters()) == convolutions + 2 * (4 + 4 + 8 + 8) + 8 * 10 + 10


@pytest.mark.parametrize(
    ("shape", "widths", "reason"),
    [((64,), [8], "needs images"), ((1, 8, 8), [4] * 4, "at most 3 entries"), ((1, 8, 8), [], "at least one stage")],
)
def test_what_does_not_fit_is_refused_with_the_way_out(shape, widths, reason):
    with pytest.raises(ValueError, match=reason):
        CNN(shape, 10, widths=widths)


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 40), st.sampled_from(["max", "avg", "stride"]), st.data())
def test_the_most_stages_that_are_allowed_leave_one_pixel(pixels, pool, data):
    most = next(k for k in range(10) if fits(pixels, k, pool) and not fits(pixels, k + 1, pool))
    model = CNN((1, pixels, pixels + data.draw(st.integers(0, 9))), 2, [1] * most, depth=1, batch_norm=False, pool=pool)
    assert model.layers[:-3](torch.randn(1, 1, pixels, pixels)).shape[2:] == (1, 1)


def fits(pixels, stages, pool):
    try:
        CNN((1, pixels, pixels), 2, [1] * stages, pool=pool)
    except ValueError:
        return stages == 0
    return True


def test_any_size_that_is_large_enough():
    assert CNN((3, 13, 9), 4, widths=[4, 4, 4])(torch.randn(2, 3, 13, 9)).shape == (2, 4)


def test_dropout_acts_on_the_pooled_features_and_on_the_head():
    model = CNN((1, 8, 8), 4, widths=[8], head=[8, 8], dropout=0.5)
    assert sum(isinstance(one, torch.nn.Dropout) for one in model.layers) == 3
    assert sum(isinstance(one, torch.nn.Dropout) for one in CNN((1, 8, 8), 4, widths=[8], head=[8]).layers) == 0
