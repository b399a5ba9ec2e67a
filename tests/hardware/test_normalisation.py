import torch
from torch import nn

from runner.hardware.normalisation import normalises, statistics


def test_statistics_are_those_of_batch_normalisation_alone():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.LayerNorm(3))
    model.register_buffer("other", torch.zeros(2))
    assert set(statistics(model)) == {"1.running_mean", "1.running_var"}
    assert statistics(model)["1.running_var"] is model[1].running_var
    assert normalises(model)
    assert not normalises(model[2])


def test_two_processes_end_an_epoch_with_the_mean_of_their_statistics(pair):
    """Those of the whole batch are tested with the trainings: see test_parallel."""
    for found in pair:
        assert found["averaged"] == [0.5, 0.5]  # of 0 and 1, and once, although the model was named twice
