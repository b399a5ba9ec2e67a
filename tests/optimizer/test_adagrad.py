import torch

from runner.optimizer.adagrad import adagrad


def test_a_step_by_hand():
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    optimizer = adagrad([weight], lr=0.1, lr_decay=0.5, initial=0.2, eps=1e-6, weight_decay=0.3)
    value, total = weight.detach().clone(), torch.full((2,), 0.2)
    for step, given in enumerate((torch.tensor([0.5, 1.0]), torch.tensor([-1.0, 2.0]))):
        weight.grad = given.double()
        optimizer.step()
        gradient = given + 0.3 * value
        total = total + gradient**2
        value = value - 0.1 / (1 + 0.5 * step) * gradient / (total.sqrt() + 1e-6)
        torch.testing.assert_close(weight.detach(), value, rtol=1e-5, atol=1e-6)


def test_fused_on_the_cpu_and_not_where_older_torch_lacks_it():
    assert adagrad([torch.nn.Parameter(torch.ones(1))], lr=0.1).defaults["fused"]
    elsewhere = adagrad([{"params": [torch.nn.Parameter(torch.ones(1, device="meta"))]}], lr=0.1)
    assert not elsewhere.defaults["fused"]
    assert elsewhere.defaults["foreach"]
