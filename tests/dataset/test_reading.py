import torch

from runner.dataset.reading import Failure, InBatches
from runner.dataset.split import RowByRow


def test_rows_come_stacked():
    rows = torch.arange(12).reshape(6, 2)
    assert torch.equal(InBatches(RowByRow(rows), int).__getitems__([(4, 0), (1, 1)]), rows[[4, 1]])
    assert len(InBatches(RowByRow(rows), int)) == 6


def test_what_is_wrong_comes_with_its_number():
    rows = [torch.zeros(2), torch.zeros(3), None]
    found = [InBatches(rows, int).__getitems__([(0, 0), (index, 1)]) for index in (1, 2, 7)]
    assert all(isinstance(failure, Failure) for failure in found)
    assert [failure.message for failure in found] == [
        "sample 1 is [3], sample 0 of the same batch [2]: the inputs of a dataset have one size",
        "sample 2 is a NoneType: a dataset hands out tensors",
        "sample 7 cannot be read: IndexError: list index out of range",
    ]
    assert "IndexError" in found[2].trace
