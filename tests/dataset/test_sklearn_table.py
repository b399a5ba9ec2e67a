import numpy
import pytest
import torch
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.preprocessing import StandardScaler

from runner.dataset.sklearn_table import breast_cancer, diabetes, wine

ORACLES = {
    breast_cancer: load_breast_cancer,
    wine: load_wine,
    diabetes: lambda: load_diabetes(scaled=False),
}


def parts(splits):
    return (splits.train, splits.valid, splits.test)


@pytest.mark.parametrize("dataset", ORACLES)
def test_holds_scikit_learns_rows_each_once(dataset):
    splits = dataset(scale=None).load()
    rows = torch.cat([torch.cat([part.inputs, part.targets[:, None].float()], 1) for part in parts(splits)])
    oracle = ORACLES[dataset]()
    target = 1 - oracle.target if dataset is breast_cancer else oracle.target
    expected = numpy.concatenate([oracle.data, target[:, None]], axis=1).astype(numpy.float32)
    assert sorted(rows.tolist()) == sorted(expected.tolist())


@pytest.mark.parametrize("dataset", ORACLES)
def test_names_are_scikit_learns(dataset):
    data, oracle = dataset(), ORACLES[dataset]()
    assert data.shape == oracle.data.shape[1:]
    if dataset is breast_cancer:
        assert data.classes == ("benign", "malignant")
        assert oracle.target_names.tolist() == ["malignant", "benign"]
    elif dataset is wine:
        assert data.classes == tuple(oracle.target_names)


def test_tasks():
    assert [dataset().task for dataset in ORACLES] == ["binary", "classification", "regression"]


@pytest.mark.parametrize("dataset", ORACLES)
def test_scaled_as_by_scikit_learn(dataset):
    plain, scaled = dataset(scale=None).load(), dataset().load()
    oracle = StandardScaler().fit(plain.train.inputs.double().numpy())
    for one, other in zip(parts(plain), parts(scaled), strict=True):
        numpy.testing.assert_allclose(other.inputs, oracle.transform(one.inputs.double().numpy()), atol=2e-4)


def test_a_part_of_the_minority_is_kept_in_every_part():
    whole, few, fewer = (breast_cancer(minority=share, scale=None).load() for share in (1.0, 0.25, 0.1))
    counts = [sum(torch.bincount(p.targets, minlength=2) for p in parts(s)).tolist() for s in (whole, few, fewer)]
    assert counts == [[357, 212], [357, 53], [357, 21]]
    for part in parts(few):
        assert part.targets.float().mean().item() == pytest.approx(53 / 410, abs=0.02)
    kept = [{tuple(row) for p in parts(s) for row in p.inputs[p.targets == 1].tolist()} for s in (whole, few, fewer)]
    assert kept[2] < kept[1] < kept[0]
    assert few.fingerprint != breast_cancer(minority=0.25, split_seed=1, scale=None).load().fingerprint


def test_resampling_evens_the_training_rows_out():
    data = breast_cancer(minority=0.1, resample="random_over", sampling="balanced")
    splits = data.load()
    zeros, ones = torch.bincount(splits.train.targets).tolist()
    assert zeros == ones
    assert data.sampling == "balanced"
    assert wine(resample="smote").load().train.targets.bincount().unique().numel() == 1
