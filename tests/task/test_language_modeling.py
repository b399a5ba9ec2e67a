from math import exp, log

import pytest
import torch

from runner.task.language_modeling import NO_TOKEN, LanguageModeling


def test_loss_is_the_mean_over_tokens_and_its_other_faces():
    outputs, targets = torch.randn(3, 5, 7), torch.randint(0, 7, (3, 5))
    task = LanguageModeling()
    expected = -outputs.log_softmax(-1).gather(2, targets.unsqueeze(2)).mean()
    torch.testing.assert_close(task.loss(outputs, targets), expected)
    metrics = task.summarise(task.measure(outputs, targets))
    assert metrics["loss"] == pytest.approx(expected.item(), rel=1e-5)
    assert metrics["perplexity"] == pytest.approx(exp(metrics["loss"]))
    assert metrics["bpc"] == pytest.approx(metrics["loss"] / log(2))
    assert metrics["accuracy"] == pytest.approx((outputs.argmax(2) == targets).double().mean().item())
    assert list(metrics) == list(task.directions)
    assert task.count(targets) == 15


def test_targets_that_are_not_there_do_not_count():
    outputs, targets = torch.randn(2, 4, 3), torch.randint(0, 3, (2, 4))
    short = targets.clone()
    short[1, 2:] = NO_TOKEN
    task = LanguageModeling()
    there = torch.cat([outputs[0], outputs[1, :2]]).unsqueeze(0), torch.cat([targets[0], targets[1, :2]]).unsqueeze(0)
    assert task.summarise(task.measure(outputs, short)) == pytest.approx(task.summarise(task.measure(*there)))
    torch.testing.assert_close(task.loss(outputs, short), task.loss(*there))


def test_a_uniform_guess_costs_the_logarithm_of_the_vocabulary():
    metrics = LanguageModeling().summarise(
        LanguageModeling().measure(torch.zeros(2, 3, 16), torch.zeros(2, 3, dtype=torch.long))
    )
    assert metrics["bpc"] == pytest.approx(4)
    assert metrics["perplexity"] == pytest.approx(16)


def test_labels_of_whole_sequences_are_refused():
    with pytest.raises(ValueError, match="use it with dataset=text"):
        LanguageModeling().loss(torch.randn(2, 4), torch.tensor([0, 1]))
