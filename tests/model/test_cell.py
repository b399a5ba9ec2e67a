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


def test_off_autocast_a_layer_on_cuda_is_called_as_it_is():
    from runner.model.cell import on_cuda

    cell = make_cell("lstm", 3, 4)
    values = torch.randn(2, 5, 3)
    begin = (torch.randn(1, 2, 4), torch.randn(1, 2, 4))
    expected, found = cell(values, begin), on_cuda(cell, values, begin)
    assert torch.equal(found[0], expected[0])
    assert torch.equal(found[1][1], expected[1][1])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_bf16_is_no_fp16_in_a_recurrent_layer(kind):
    from runner.model.cell import on_cuda

    cell, values = make_cell(kind, 3, 4).cuda(), torch.randn(2, 5, 3, device="cuda")
    with torch.autocast("cuda", torch.bfloat16):
        outputs, _ = on_cuda(cell, values)
    assert outputs.dtype == torch.float32
    torch.testing.assert_close(outputs, cell(values)[0])
