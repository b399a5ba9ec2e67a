import pytest
import torch
from torch.nn import functional as F

from runner.model.cnn import CNN


def test_equals_the_layers_written_out():
    model = CNN((2, 8, 8), 3, widths=[4, 5], depth=1, batch_norm=False, activation="gelu").eval()
    inputs = torch.randn(6, 2, 8, 8)
    weights = list(model.parameters())
    hidden = inputs
    for weight, bias in (weights[0:2], weights[2:4]):
        hidden = F.max_pool2d(F.gelu(F.conv2d(hidden, weight, bias, padding=1)), 2)
    expected = hidden.mean((2, 3)) @ weights[4].T + weights[5]
    torch.testing.assert_close(model(inputs), expected)


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


def test_any_size_that_is_large_enough():
    assert CNN((3, 13, 9), 4, widths=[4, 4, 4])(torch.randn(2, 3, 13, 9)).shape == (2, 4)
