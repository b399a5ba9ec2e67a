import numpy
import pytest
import torch
from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.under_sampling import EditedNearestNeighbours, RandomUnderSampler, TomekLinks

from runner.dataset.table.resample import resampled

ORACLES = {
    "smote": SMOTE(random_state=3),
    "random_over": RandomOverSampler(random_state=3),
    "random_under": RandomUnderSampler(random_state=3),
    "tomek": TomekLinks(),
    "enn": EditedNearestNeighbours(),
    "smote_tomek": SMOTETomek(smote=SMOTE(random_state=3), random_state=3),
    "smote_enn": SMOTEENN(smote=SMOTE(random_state=3), random_state=3),
}


@pytest.fixture
def rows():
    generator = torch.Generator().manual_seed(0)
    targets = torch.tensor([0] * 60 + [1] * 12 + [2] * 30)
    return torch.randn(102, 4, generator=generator) + targets[:, None], targets


@pytest.mark.parametrize("how", ORACLES)
def test_equals_imbalanced_learn(rows, how):
    inputs, targets = resampled(*rows, how, 3)
    expected, labels = ORACLES[how].fit_resample(rows[0].numpy(), rows[1].numpy())
    numpy.testing.assert_array_equal(inputs, expected.astype(numpy.float32))
    assert targets.tolist() == labels.tolist()
    assert (inputs.dtype, targets.dtype) == (torch.float32, torch.int64)
    assert len(targets) != len(rows[1])


def test_over_sampling_makes_classes_equal_and_the_seed_decides(rows):
    first, again, other = (resampled(*rows, "smote", seed) for seed in (1, 1, 2))
    assert torch.bincount(first[1]).tolist() == [60, 60, 60]
    assert torch.equal(first[0], again[0])
    assert not torch.equal(first[0], other[0])
    assert torch.equal(first[0][:102], rows[0])  # what is made up comes behind what is there


def test_a_class_of_few_rows_has_fewer_neighbours(rows):
    inputs, targets = rows
    few = torch.cat([torch.arange(60), torch.tensor([60, 61, 62])])
    made, labels = resampled(inputs[few], targets[few], "smote", 0)
    expected, _ = SMOTE(k_neighbors=2, random_state=0).fit_resample(inputs[few].numpy(), targets[few].numpy())
    numpy.testing.assert_array_equal(made, expected)
    assert torch.bincount(labels).tolist() == [60, 60]
    with pytest.raises(ValueError, match="resample=smote: a class has one training row"):
        resampled(inputs[:61], targets[:61], "smote", 0)


def test_what_cannot_be_done_is_said(rows):
    inputs, targets = rows
    with pytest.raises(ValueError, match=r"dataset\.resample=random_over"):
        resampled(inputs[:10], targets[:10], "random_over", 0)  # one class alone
