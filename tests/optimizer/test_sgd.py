import torch

from runner.optimizer.sgd import sgd


def test_a_step_is_nesterovs_by_hand():
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    optimizer = sgd([weight], lr=0.1, momentum=0.9, weight_decay=0.01)
    value, velocity = weight.detach().clone(), torch.zeros(2)
    for gradient in (torch.tensor([0.5, 1.0]), torch.tensor([-1.0, 2.0])):
        weight.grad = gradient.clone()
        optimizer.step()
        full = gradient + 0.01 * value
        velocity = 0.9 * velocity + full
        value = value - 0.1 * (full + 0.9 * velocity)
        torch.testing.assert_close(weight.detach(), value)


def test_without_momentum_it_is_plain_and_fused():
    optimizer = sgd([torch.nn.Parameter(torch.ones(1))], lr=0.1, momentum=0.0)
    assert not optimizer.defaults["nesterov"]
    assert optimizer.defaults["fused"]


def test_an_update_that_the_loss_scale_skips_leaves_nothing_behind():
    """Also the very first one, which torch's fused form leaves momentum of uninitialised memory after."""
    weights = [torch.nn.Parameter(torch.ones(4)) for _ in range(2)]
    skipping, plain = (sgd([{"params": [weight]}], lr=0.1) for weight in weights)
    scaler = torch.amp.GradScaler("cpu")
    torch.use_deterministic_algorithms(True)  # what is not initialised is NaN then
    try:
        for gradient in (float("inf"), 1.0, 2.0):
            for weight, optimizer in zip(weights, (skipping, plain), strict=True):
                weight.grad = torch.full((4,), gradient)
                if optimizer is plain:
                    _ = plain.step() if gradient < 3 else None
                else:
                    weight.grad = scaler.scale(weight.grad)
                    scaler.step(skipping)
                    scaler.update()
    finally:
        torch.use_deterministic_algorithms(False)
    assert torch.equal(*weights)
