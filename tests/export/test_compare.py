"""Files held against the checkpoint."""

import pytest
import torch
from torch import nn

from runner.export.compare import compare
from runner.export.subject import CannotExport, Subject

FLAT = Subject(nn.Linear(4, 2).eval(), (4,))


def test_the_same_model():
    found = compare(FLAT, FLAT.outputs, False, 0.0)
    assert (found.largest, found.batches, found.lengths) == (0.0, (1, 2, 7), ())


def test_the_largest_difference_of_all_batches():
    def other(inputs):
        return FLAT.outputs(inputs) + {1: 1e-5, 2: -3e-5, 7: 2e-5}[len(inputs)]

    assert compare(FLAT, other, False, 1e-4).largest == pytest.approx(3e-5, rel=0.1)
    with pytest.raises(CannotExport, match="for a batch of 2 it differs from the checkpoint by 3e-05: 2e-05 is"):
        compare(FLAT, other, False, 2e-5)


def test_large_outputs_may_differ_by_more():
    large = Subject(nn.Linear(4, 2).eval(), (4,))
    with torch.no_grad():
        large.model.bias.fill_(1000.0)
    assert compare(large, lambda inputs: large.outputs(inputs) + 0.05, False, 1e-4).allowed == pytest.approx(0.1, 0.1)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda inputs: FLAT.outputs(inputs) * torch.nan, "a batch of 1 it differs from the checkpoint by nan"),
        (lambda inputs: FLAT.outputs(inputs)[:, :1], r"for a batch of 1 it gives \[1, 1\], the checkpoint \[1, 2\]"),
        (lambda inputs: FLAT.outputs(inputs) if len(inputs) < 7 else 1 / 0, "does not take a batch of 7: division"),
    ],
)
def test_what_is_another_model(wrong, told):
    with pytest.raises(CannotExport, match=told):
        compare(FLAT, wrong, False, 1e-4)


class Short(nn.Module):
    """Takes sequences of up to 6."""

    def forward(self, inputs):
        if inputs.shape[1] > 6:
            raise ValueError("too long")
        return inputs.mean(1)


def test_lengths_that_the_model_itself_refuses_are_not_asked_of_the_file():
    subject = Subject(Short(), (6, 3))
    assert compare(subject, subject.outputs, True, 0.0).lengths == (3, 6)
    assert compare(subject, subject.outputs, False, 0.0).lengths == (6,)
    with pytest.raises(ValueError, match="too long"):
        compare(Subject(Short(), (7, 3)), subject.outputs, True, 0.0)
