import pytest
import torch
from torch import nn

from runner.optimizer.groups import groups
from runner.optimizer.muon import hidden_matrices, muon


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 6)
        self.first, self.second = nn.Linear(6, 6), nn.Linear(6, 12)
        self.norm = nn.LayerNorm(12)
        self.convolution, self.line = nn.Conv2d(3, 5, 3), nn.Conv1d(3, 5, 3)
        self.table = nn.Parameter(torch.zeros(1, 2, 3, 4))
        self.head = nn.Linear(12, 4)


def filled(model, seed=0):
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        parameter.grad = torch.randn(parameter.shape, generator=generator)
    return model


def names(model, weights):
    known = {id(parameter): name for name, parameter in model.named_parameters()}
    return {known[id(weight)] for weight in weights}


def test_matrices_are_hidden_weights_and_convolutions_only():
    model = Net()
    assert names(model, hidden_matrices(model)) == {
        "first.weight",
        "second.weight",
        "convolution.weight",
        "line.weight",
    }


@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize("rows", [6, 18])  # 18 x 6 has its rate adjusted
def test_equals_torchs_muon_on_matrices_and_torchs_adamw_on_the_rest(nesterov, rows):
    models = []
    for _ in range(2):
        torch.manual_seed(0)
        models.append(nn.Sequential(nn.Linear(6, rows), nn.Linear(rows, 6), nn.LayerNorm(6), nn.Linear(6, 4)))
    ours, theirs = models
    optimizer = muon(
        groups(ours), ours, 0.02, nesterov=nesterov, weight_decay=0.1, adam_lr=0.01, betas=[0.8, 0.9], eps=1e-7
    )
    matrices = [theirs[0].weight, theirs[1].weight]
    head = [theirs[3].weight]
    plain = [parameter for parameter in theirs.parameters() if parameter.dim() < 2]
    references = [
        torch.optim.Muon(matrices, lr=0.02, weight_decay=0.1, momentum=0.95, nesterov=nesterov),
        torch.optim.AdamW(head, lr=0.01, weight_decay=0.1, betas=(0.8, 0.9), eps=1e-7),
        torch.optim.AdamW(plain, lr=0.01, weight_decay=0.0, betas=(0.8, 0.9), eps=1e-7),
    ]
    for seed in range(4):
        for model in models:
            filled(model, seed)
        optimizer.step()
        for reference in references:
            reference.step()
        for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(mine, other, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_convolution_is_a_matrix_of_out_by_the_rest(layout):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 40, 3), nn.Conv2d(40, 40, 1)).to(memory_format=layout)
    flat = [nn.Parameter(weight.detach().flatten(1).clone()) for weight in (model[0].weight, model[1].weight)]
    optimizer, reference = muon(groups(model), model, 0.02), torch.optim.Muon(flat, lr=0.02, weight_decay=0.01)
    for seed in range(3):
        filled(model, seed)
        for weight, layer in zip(flat, model, strict=True):
            weight.grad = layer.weight.grad.flatten(1).clone()
        optimizer.step()
        reference.step()
        for weight, layer in zip(flat, model, strict=True):
            torch.testing.assert_close(layer.weight.flatten(1), weight, rtol=1e-3, atol=1e-4)
    assert model[0].weight.is_contiguous(memory_format=layout)


def test_matrices_of_one_shape_are_updated_each_on_its_own():
    torch.manual_seed(0)
    models = [nn.Sequential(*[nn.Linear(5, 5, bias=False) for _ in range(3)], nn.Linear(5, 2)) for _ in range(2)]
    models[1].load_state_dict(models[0].state_dict())
    together = muon(groups(filled(models[0])), models[0], 0.1)
    apart = [muon([layer.weight], models[1], 0.1) for layer in filled(models[1])[:3]]
    together.step()
    for optimizer in apart:
        optimizer.step()
    for one, other in zip(models[0][:3], models[1][:3], strict=True):
        torch.testing.assert_close(one.weight, other.weight, rtol=1e-3, atol=1e-4)


def test_every_group_keeps_its_keys_and_has_a_rate_of_its_own():
    model = Net()
    optimizer = muon(groups(model, rates={"first.*": 0.1}), model, lr=0.02, adam_lr=0.003, weight_decay=0.5)
    read = [
        (group["muon"], group["lr"], group["weight_decay"], group["multiple"], names(model, group["params"]))
        for group in optimizer.param_groups
    ]
    biases = {"second.bias", "norm.weight", "norm.bias", "convolution.bias", "line.bias", "head.bias"}
    assert read == [
        (True, 0.02, 0.5, 1.0, {"second.weight", "convolution.weight", "line.weight"}),
        (False, 0.003, 0.5, 1.0, {"table", "embedding.weight", "head.weight"}),
        (False, 0.003, 0.0, 1.0, biases),
        (True, 0.02, 0.5, 0.1, {"first.weight"}),
        (False, 0.003, 0.0, 0.1, {"first.bias"}),
    ]


def test_a_model_without_hidden_matrices_is_refused():
    model = nn.Linear(3, 2)
    with pytest.raises(ValueError, match="no hidden matrix"):
        muon(groups(model), model, lr=0.1)


def test_the_count_of_steps_is_restored_to_the_weights_device():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 2))
    optimizer = muon(groups(filled(model)), model, lr=0.1)
    assert all(group["fused"] for group in optimizer.param_groups)  # what torch goes by when it restores
    optimizer.step()
    assert optimizer.state[model[1].weight]["step"].item() == 1
