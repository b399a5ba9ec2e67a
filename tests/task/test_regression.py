import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from runner.task.regression import Regression


@settings(deadline=None, max_examples=40)
@given(st.integers(3, 60), st.integers(0, 1000), st.floats(-1e3, 1e3), st.floats(0.1, 100))
def test_metrics_are_scikit_learns_in_the_unit_of_the_targets(count, seed, center, spread):
    generator = torch.Generator().manual_seed(seed)
    targets = torch.randn(count, generator=generator) * spread + center
    outputs = torch.randn(count, 1, generator=generator)
    task = Regression(center=center, spread=spread)
    first, second = task.measure(outputs[:2], targets[:2]), task.measure(outputs[2:], targets[2:])
    metrics = task.summarise({name: first[name] + second[name] for name in first})
    predicted = outputs.squeeze(1).double() * spread + center
    assert metrics["rmse"] == pytest.approx(root_mean_squared_error(targets, predicted), rel=1e-4)
    assert metrics["mae"] == pytest.approx(mean_absolute_error(targets, predicted), rel=1e-4)
    assert metrics["r2"] == pytest.approx(r2_score(targets.double(), predicted), rel=1e-3, abs=1e-3)
    assert metrics["loss"] == pytest.approx((metrics["rmse"] / spread) ** 2, rel=1e-3)
    assert list(metrics) == list(task.directions)


@pytest.mark.parametrize("criterion", ["mse", "l1", "huber"])
def test_criteria_are_torchs(criterion):
    losses = {"mse": torch.nn.MSELoss(), "l1": torch.nn.L1Loss(), "huber": torch.nn.HuberLoss()}
    outputs, targets = torch.randn(8, 1) * 3, torch.randn(8)
    expected = losses[criterion](outputs.squeeze(1), targets)
    torch.testing.assert_close(Regression(criterion, standardise=False).loss(outputs, targets), expected)


def test_without_standardising_the_facts_are_not_used():
    assert Regression(standardise=False, center=5.0, spread=2.0).predict(torch.ones(1, 1)).item() == 1
    assert Regression(center=5.0, spread=2.0).predict(torch.ones(1, 1)).item() == 7
    assert Regression(center=5.0, spread=0.0).spread == 1  # a constant target


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="use task=classification"):
        Regression().loss(torch.randn(2, 1), torch.tensor([0, 1]))
    with pytest.raises(ValueError, match="one number for a sample"):
        Regression().loss(torch.randn(2, 3), torch.randn(2))
