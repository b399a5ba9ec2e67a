import pytest
import torch
from torch import nn

from runner.model.cell import make_cell


@pytest.mark.parametrize(("name", "kind"), [("rnn", nn.RNN), ("gru", nn.GRU), ("lstm", nn.LSTM)])
def test_is_torchs_layer_of_that_name(name, kind):
    cell, reference = make_cell(name, 3, 5), kind(3, 5, batch_first=True)
    reference.load_state_dict(cell.state_dict())
    inputs = torch.randn(2, 4, 3)
    assert torch.equal(cell(inputs)[0], reference(inputs)[0])


def test_the_forget_gate_starts_open():
    cell = make_cell("lstm", 3, 5, forget_bias=1.5)
    for parameter in (cell.weight_ih_l0, cell.weight_hh_l0):
        nn.init.zeros_(parameter)
    for gate in (0, 2, 3):  # input, cell, output
        cell.bias_ih_l0.data[gate * 5 : gate * 5 + 5] = cell.bias_hh_l0.data[gate * 5 : gate * 5 + 5] = 0.0
    memory = torch.randn(1, 1, 5)
    _, (_, kept) = cell(torch.zeros(1, 1, 3), (torch.zeros(1, 1, 5), memory))
    torch.testing.assert_close(kept, torch.sigmoid(torch.tensor(1.5)) * memory)


def test_an_identity_layer_adds_its_inputs_up():
    torch.manual_seed(0)
    cell = make_cell("rnn", 40, 50, identity=True)
    assert cell.nonlinearity == "relu"
    assert cell.weight_ih_l0.std().item() == pytest.approx(0.001, rel=0.1)
    nn.init.constant_(cell.weight_ih_l0, 0.5)
    inputs = torch.rand(2, 6, 40)
    torch.testing.assert_close(cell(inputs)[0], (0.5 * inputs.sum(2, keepdim=True)).cumsum(1).expand(-1, -1, 50))


def test_the_nonlinearity_is_tanh_unless_told():
    assert make_cell("rnn", 3, 5).nonlinearity == "tanh"
    assert make_cell("rnn", 3, 5, nonlinearity="relu").nonlinearity == "relu"
