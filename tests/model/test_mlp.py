import torch
from torch import nn

from runner.model.mlp import MLP


def test_equals_the_layers_written_out():
    model = MLP((2, 3, 4), 5, widths=[7, 6]).eval()
    inputs = torch.randn(8, 2, 3, 4)
    first, second, last = (layer for layer in model.layers if isinstance(layer, nn.Linear))
    hidden = torch.relu(inputs.flatten(1) @ first.weight.T + first.bias)
    hidden = torch.relu(hidden @ second.weight.T + second.bias)
    torch.testing.assert_close(model(inputs), hidden @ last.weight.T + last.bias)


def test_no_widths_is_a_linear_classifier():
    model = MLP((4,), 3, widths=[])
    assert sum(parameter.numel() for parameter in model.parameters()) == 4 * 3 + 3


def test_dropout_is_off_in_evaluation_only():
    model = MLP((16,), 4, widths=[64], dropout=0.5)
    inputs = torch.randn(4, 16)
    assert not torch.equal(model(inputs), model(inputs))
    model.eval()
    assert torch.equal(model(inputs), model(inputs))
