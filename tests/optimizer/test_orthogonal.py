import pytest
import torch
from torch.optim._muon import _zeropower_via_newtonschulz as torchs

from runner.optimizer.orthogonal import COEFFICIENTS, orthogonal


@pytest.mark.parametrize("shape", [(16, 16), (8, 40), (40, 8), (1, 5)])
def test_is_torchs_for_each_matrix_of_the_batch(shape):
    matrices = torch.randn(3, *shape, generator=torch.Generator().manual_seed(0))
    expected = torch.stack([torchs(matrix, COEFFICIENTS, 5, 1e-7) for matrix in matrices])
    torch.testing.assert_close(orthogonal(matrices, 5), expected, rtol=0.02, atol=0.01)


@pytest.mark.parametrize("shape", [(16, 16), (8, 40), (40, 8)])
def test_keeps_singular_vectors_and_levels_singular_values(shape):
    matrix = torch.randn(1, *shape, generator=torch.Generator().manual_seed(1))
    result = orthogonal(1e4 * matrix, 5).float()  # the size does not matter
    left, values, right = torch.linalg.svd(matrix[0], full_matrices=False)
    inside = left.T @ result[0] @ right.T
    kept = values > values.max() / 100
    assert inside.diagonal()[kept].min() > 0.6
    assert inside.diagonal().max() < 1.3
    assert (inside - inside.diagonal().diag()).abs().max() < 0.1


def test_zeros_stay_zeros():
    assert orthogonal(torch.zeros(2, 3, 4), 5).abs().max() == 0
