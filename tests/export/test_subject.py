"""Inputs on which two forms of a model are compared."""

import torch
from torch import nn

from runner.export.subject import Subject
from runner.model.recurrent import Recurrent


def test_of_a_run(saved):
    subject = Subject.of(saved)
    assert (subject.shape, subject.limits, subject.is_sequence) == ((1, 8, 8), (), False)
    assert not subject.model.training


def test_inputs_are_what_the_model_takes():
    images = Subject(nn.Identity(), (1, 8, 8)).inputs(3)
    assert images.shape == (3, 1, 8, 8)
    assert images.dtype == torch.float32
    assert torch.equal(images, Subject(nn.Identity(), (1, 8, 8)).inputs(3))
    tokens = Subject(nn.Identity(), (20,), (5,))
    assert tokens.is_sequence
    assert tokens.inputs(3, 7).shape == (3, 7)
    assert set(tokens.inputs(9).unique().tolist()) == {0, 1, 2, 3, 4}
    ratings = Subject(nn.Identity(), (2,), (2, 50))
    assert not ratings.is_sequence
    assert (ratings.inputs(99).amax(0) < torch.tensor([2, 50])).all()
    assert ratings.inputs(99)[:, 1].max() > 10
    assert Subject(nn.Identity(), (8, 4)).is_sequence
    assert not Subject(nn.Identity(), (8,)).is_sequence


def test_a_carried_state_is_not_seen():
    model = Recurrent((6,), 0, vocabulary=5, next_token=True, cell="gru", width=4).eval()
    subject = Subject(model, (6,), (5,))
    first = subject.outputs(subject.inputs(2))
    assert torch.equal(first, subject.outputs(subject.inputs(2)))
    assert subject.outputs(subject.inputs(3)).shape == (3, 6, 5)
    assert model.state is None
