import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, top_k_accuracy_score

from runner.task.classification import Classification


def add(first, second):
    return {name: first[name] + second[name] for name in first}


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 12), st.integers(1, 60), st.integers(0, 1000))
def test_metrics_are_scikit_learns(classes, count, seed):
    generator = torch.Generator().manual_seed(seed)
    outputs = torch.randn(count, classes, generator=generator)
    targets = torch.randint(0, classes, (count,), generator=generator)
    task = Classification()
    cut = count // 2
    sums = task.measure(outputs[cut:], targets[cut:])
    if cut:
        sums = add(sums, task.measure(outputs[:cut], targets[:cut]))
    metrics = task.summarise(sums)
    predicted = outputs.argmax(1)
    assert metrics["accuracy"] == pytest.approx(accuracy_score(targets, predicted))
    assert metrics["f1"] == pytest.approx(f1_score(targets, predicted, average="macro"))
    assert metrics["loss"] == pytest.approx(torch.nn.functional.cross_entropy(outputs, targets).item(), rel=1e-5)
    if classes > 5:
        expected = top_k_accuracy_score(targets, outputs, k=5, labels=range(classes))
        assert metrics["top5"] == pytest.approx(expected)
    else:
        assert metrics["top5"] == 1


def test_label_smoothing_by_its_definition():
    outputs, targets = torch.randn(5, 4), torch.tensor([0, 1, 2, 3, 0])
    smooth = torch.full((5, 4), 0.1 / 4).scatter_(1, targets.unsqueeze(1), 0.9 + 0.1 / 4)
    expected = -(smooth * outputs.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(Classification(0.1).loss(outputs, targets), expected)


def test_every_metric_has_a_direction_and_the_other_way_round():
    task = Classification()
    metrics = task.summarise(task.measure(torch.randn(4, 3), torch.tensor([0, 1, 2, 0])))
    assert list(metrics) == list(task.directions)
