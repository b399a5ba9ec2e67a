import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, top_k_accuracy_score

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
    assert metrics["recall"] == pytest.approx(balanced_accuracy_score(targets, predicted))
    assert metrics["loss"] == pytest.approx(torch.nn.functional.cross_entropy(outputs, targets).item(), rel=1e-5)
    if classes > 5:
        expected = top_k_accuracy_score(targets, outputs, k=5, labels=range(classes))
        assert metrics["top5"] == pytest.approx(expected)
    else:
        assert "top5" not in metrics, "it would always be 1"


def test_label_smoothing_by_its_definition():
    outputs, targets = torch.randn(5, 4), torch.tensor([0, 1, 2, 3, 0])
    smooth = torch.full((5, 4), 0.1 / 4).scatter_(1, targets.unsqueeze(1), 0.9 + 0.1 / 4)
    expected = -(smooth * outputs.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(Classification(0.1).loss(outputs, targets), expected)


def test_every_metric_has_a_direction_and_the_other_way_round():
    task = Classification()
    metrics = task.summarise(task.measure(torch.randn(4, 6), torch.tensor([0, 1, 2, 0])))
    assert list(metrics) == list(task.directions)


def test_what_is_always_1_is_no_objective():
    targets = torch.tensor([0, 1])
    with pytest.raises(ValueError, match="always 1 of 5 classes: use valid/accuracy"):
        Classification(counts=torch.ones(5)).check_valid("top5", targets)
    Classification(counts=torch.ones(6)).check_valid("top5", targets)
    Classification(counts=torch.ones(2)).check_valid("accuracy", targets)


def test_balanced_weights_are_scikit_learns():
    import numpy
    from sklearn.utils.class_weight import compute_class_weight

    labels = torch.tensor([0] * 7 + [1] * 2 + [2])
    task = Classification(class_weight="balanced", counts=torch.bincount(labels))
    expected = compute_class_weight("balanced", classes=numpy.arange(3), y=labels.numpy())
    torch.testing.assert_close(task.weight, torch.tensor(expected).float())
    outputs = torch.randn(10, 3)
    losses = torch.nn.functional.cross_entropy(outputs, labels, reduction="none")
    weights = task.weight[labels]
    torch.testing.assert_close(task.loss(outputs, labels), (losses * weights).sum() / weights.sum())


def test_weights_by_hand_and_too_few_of_them():
    assert Classification(class_weight=[1.0, 3.0]).weight.tolist() == [1, 3]
    with pytest.raises(ValueError, match="has 2 weights, the dataset has 3 classes"):
        Classification(class_weight=[1.0, 3.0], counts=torch.tensor([1, 1, 1]))


def test_blended_labels_cost_the_blend_of_the_costs():
    outputs, share = torch.randn(6, 3), 0.3
    first, second = torch.tensor([0, 1, 2, 0, 1, 2]), torch.tensor([1, 1, 0, 2, 0, 2])
    hot = torch.nn.functional.one_hot
    blended = share * hot(first, 3).float() + (1 - share) * hot(second, 3).float()
    task = Classification()
    expected = share * task.loss(outputs, first) + (1 - share) * task.loss(outputs, second)
    torch.testing.assert_close(task.loss(outputs, blended), expected)


def test_numbers_are_refused_with_the_way_out():
    with pytest.raises(ValueError, match="use task=regression"):
        Classification().loss(torch.randn(2, 3), torch.randn(2))


def test_predict_gives_probabilities():
    outputs = torch.randn(4, 3)
    torch.testing.assert_close(Classification().predict(outputs), torch.softmax(outputs, 1))
