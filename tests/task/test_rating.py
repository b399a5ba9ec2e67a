import pytest
import torch

from runner.task.rating import Rating


def test_ratings_are_learned_as_they_are():
    outputs, targets = torch.tensor([[4.0], [2.0]]), torch.tensor([5.0, 2.0])
    assert Rating().loss(outputs, targets).item() == 0.5
    metrics = Rating().summarise(Rating().measure(outputs, targets))
    assert metrics["rmse"] == pytest.approx(0.5**0.5)
    assert metrics["mae"] == 0.5


def test_labels_of_several_numbers_are_refused():
    with pytest.raises(ValueError, match="one number"):
        Rating().loss(torch.randn(2, 2), torch.randn(2))
