import pytest
import torch
from torch.nn import functional as F

from runner.model.linear import Linear


@pytest.mark.parametrize("shape", [(5,), (7, 2), (3, 4, 6)])
def test_is_one_matrix_product_over_inputs_of_any_shape(shape):
    model, inputs = Linear(shape, 3), torch.randn(8, *shape)
    weight, bias = model.parameters()
    torch.testing.assert_close(model(inputs), inputs.flatten(1) @ weight.T + bias)


def test_without_bias_nothing_gives_nothing():
    model = Linear((4,), 3, bias=False)
    assert torch.equal(model(torch.zeros(2, 4)), torch.zeros(2, 3))


def test_the_gradient_is_that_of_logistic_regression():
    model, inputs, targets = Linear((4,), 3), torch.randn(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])
    F.cross_entropy(model(inputs), targets).backward()
    error = model(inputs).softmax(1) - F.one_hot(targets)  # of the probabilities
    torch.testing.assert_close(model.layers[1].weight.grad, error.T @ inputs / 6)
