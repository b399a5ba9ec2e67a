import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

from runner.task.binary import Binary, area, rank_key


def add(first, second):
    return {name: first[name] + second[name] for name in first}


@settings(deadline=None, max_examples=40)
@given(st.integers(4, 80), st.integers(0, 1000), st.sampled_from([0.2, 0.5, 0.8]))
def test_metrics_are_scikit_learns(count, seed, threshold):
    generator = torch.Generator().manual_seed(seed)
    outputs = torch.randn(count, 1, generator=generator).half().float()  # so that ties are ties for both
    targets = torch.randint(0, 2, (count,), generator=generator)
    targets[:2] = torch.tensor([0, 1])
    task = Binary(threshold=threshold)
    sums = add(task.measure(outputs[:3], targets[:3]), task.measure(outputs[3:], targets[3:]))
    metrics = task.summarise(sums)
    predicted = (outputs.sigmoid().squeeze(1) >= threshold).long()
    assert metrics["auc"] == pytest.approx(roc_auc_score(targets, outputs.squeeze(1)))
    assert metrics["accuracy"] == pytest.approx((predicted == targets).double().mean().item())
    for name, score in (("f1", f1_score), ("precision", precision_score), ("recall", recall_score)):
        assert metrics[name] == pytest.approx(score(targets, predicted, zero_division=0))
    assert list(metrics) == list(task.directions)


@settings(deadline=None)
@given(st.lists(st.floats(-60000, 60000, width=16), min_size=2, max_size=20))
def test_keys_are_in_the_order_of_the_scores(values):
    scores = torch.tensor(values)
    keys = rank_key(scores)
    assert keys.min() >= 0
    assert keys.max() < 1 << 16
    assert torch.equal(keys.unsqueeze(0) < keys.unsqueeze(1), scores.unsqueeze(0) < scores.unsqueeze(1))


def test_huge_scores_and_negative_zero():
    keys = rank_key(torch.tensor([-1e9, -0.0, 0.0, 1e9]))
    assert keys[0] < keys[1] == keys[2] < keys[3]


def test_area_of_one_class_is_no_number():
    assert area(torch.tensor([[1, 2], [0, 0]])).isnan()


def test_loss_is_torchs_with_weights():
    outputs, targets = torch.randn(6, 1), torch.tensor([0, 1, 1, 0, 0, 0])
    plain = torch.nn.functional.binary_cross_entropy_with_logits(outputs.squeeze(1), targets.float())
    torch.testing.assert_close(Binary().loss(outputs, targets), plain)
    task = Binary(class_weight="balanced", counts=torch.bincount(targets))
    assert (task.zero, task.one) == pytest.approx((6 / 8, 6 / 4))
    weight = torch.where(targets == 1, 6 / 4, 6 / 8)
    each = torch.nn.functional.binary_cross_entropy_with_logits(outputs.squeeze(1), targets.float(), reduction="none")
    torch.testing.assert_close(task.loss(outputs, targets), (each * weight).sum() / weight.sum())


def test_blended_labels():
    outputs = torch.randn(3, 1)
    hot = torch.tensor([[0.3, 0.7], [1.0, 0.0], [0.0, 1.0]])
    expected = torch.nn.functional.binary_cross_entropy_with_logits(outputs.squeeze(1), hot[:, 1])
    torch.testing.assert_close(Binary().loss(outputs, hot), expected)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="the dataset has 10"):
        Binary(counts=torch.ones(10))
    with pytest.raises(ValueError, match="3 weights"):
        Binary(class_weight=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"one number for a sample, the model gives \(2,\)"):
        Binary().loss(torch.randn(4, 2), torch.tensor([0, 1, 0, 1]))
    with pytest.raises(ValueError, match="use task=regression"):
        Binary().loss(torch.randn(2, 1), torch.randn(2))


def test_an_area_needs_both_classes():
    Binary().check_valid("auc", torch.tensor([0, 1]))
    Binary().check_valid("loss", torch.tensor([1, 1]))
    with pytest.raises(ValueError, match=r"valid/auc needs both classes.*dataset\.valid"):
        Binary().check_valid("auc", torch.tensor([1, 1]))


def test_the_class_by_the_threshold():
    values = torch.tensor([[0.7, 0.3], [0.9, 0.1]])
    assert Binary(threshold=0.2).label(values).tolist() == [1, 0]
    assert Binary().label(values).tolist() == [0, 0]


def test_predict_gives_both_probabilities():
    outputs = torch.tensor([[0.0], [2.0]])
    torch.testing.assert_close(Binary().predict(outputs)[:, 1], outputs.squeeze(1).sigmoid())
    assert Binary().predict(outputs).sum(1).tolist() == pytest.approx([1, 1])
