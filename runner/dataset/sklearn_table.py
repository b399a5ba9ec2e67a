"""Three small tables that are shipped inside scikit-learn: nothing to download, and nothing of it is imported."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy
import torch
from numpy.typing import NDArray

from runner.dataset.data import Data
from runner.dataset.keep import Portion, portion
from runner.dataset.table.table import Table
from runner.dataset.table.tabular import data_of, prepare
from runner.types import Fraction, Whole

MEASURES = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave_points", "symmetry",
    "fractal_dimension",
)  # fmt: skip
WINE = (
    "alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids",
    "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280/od315_of_diluted_wines", "proline",
)  # fmt: skip
PATIENT = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


def breast_cancer(
    minority: Portion = 1.0,
    scale: Literal["standard", "minmax", "log"] | None = "standard",
    valid: Fraction = 0.15,
    test: Fraction = 0.2,
    split_seed: Whole = 0,
    resample: Literal["smote", "random_over", "random_under", "tomek", "enn", "smote_tomek", "smote_enn"] | None = None,
    sampling: Literal["balanced"] | None = None,
) -> Data:
    """Return 569 cell samples: 30 measures each, 357 benign (label 0) and 212 malignant (label 1).

    Label 1 is what is looked for, so that precision and recall are about malignant samples; scikit-learn numbers the
    two the other way round. Source: W. Wolberg, O. Mangasarian, N. Street, W. Street, "Breast Cancer Wisconsin
    (Diagnostic)", UCI Machine Learning Repository, 1993.

    Args:
        minority: Share of the malignant samples that is kept, in all parts: 0.1 makes the classes 357 and 21.
        scale: See ``runner.dataset.csv``; some measures are 0, which "box_cox" does not take.
        valid: Share of what is not test that is held out for validation.
        test: Share of all samples that is the test set.
        split_seed: Decides which samples; separate from the training seed.
        resample: Make the classes more equal by changing the training rows; see ``runner.dataset.table.resample``.
        sampling: "balanced" draws each class equally often in training.
    """
    values = plain("breast_cancer.csv", delimiter=",", skiprows=1)
    names = [f"{kind}_{measure}" for kind in ("mean", "error", "worst") for measure in MEASURES]
    malignant = values[:, -1] == 0
    members = numpy.flatnonzero(malignant)
    few = members[portion(torch.zeros(len(members), dtype=torch.int64), minority, split_seed).numpy()]
    chosen = numpy.sort(numpy.concatenate([numpy.flatnonzero(~malignant), few]))
    labels = numpy.where(malignant, "malignant", "benign").astype(object)
    table = named("breast_cancer", values[:, :-1], names, "diagnosis", labels).take(chosen)
    prepared = prepare(table, "diagnosis", task="binary", scale=scale, valid=valid, test=test, split_seed=split_seed)
    return data_of("breast_cancer", prepared, resample=resample, sampling=sampling, split_seed=split_seed)


def wine(
    scale: Literal["standard", "minmax", "log", "box_cox"] | None = "standard",
    valid: Fraction = 0.15,
    test: Fraction = 0.2,
    split_seed: Whole = 0,
    resample: Literal["smote", "random_over", "random_under", "tomek", "enn", "smote_tomek", "smote_enn"] | None = None,
    sampling: Literal["balanced"] | None = None,
) -> Data:
    """Return 178 wines of three growers: 13 results of chemical analysis each.

    Source: S. Aeberhard, M. Forina, "Wine", UCI Machine Learning Repository, 1991.

    Args:
        scale: See ``runner.dataset.csv``.
        valid: Share of what is not test that is held out for validation.
        test: Share of all wines that is the test set.
        split_seed: Decides which wines; separate from the training seed.
        resample: Make the classes more equal by changing the training rows; see ``runner.dataset.table.resample``.
        sampling: "balanced" draws each class equally often in training.
    """
    values = plain("wine_data.csv", delimiter=",", skiprows=1)
    labels = numpy.array([f"class_{label:.0f}" for label in values[:, -1]], dtype=object)
    table = named("wine", values[:, :-1], WINE, "grower", labels)
    prepared = prepare(
        table, "grower", task="classification", scale=scale, valid=valid, test=test, split_seed=split_seed
    )
    return data_of("wine", prepared, resample=resample, sampling=sampling, split_seed=split_seed)


def diabetes(
    scale: Literal["standard", "minmax", "log", "box_cox"] | None = "standard",
    valid: Fraction = 0.15,
    test: Fraction = 0.2,
    split_seed: Whole = 0,
) -> Data:
    """Return 442 patients: 10 numbers each, and the progression of their diabetes a year later, 25 to 346.

    Source: B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, "Least Angle Regression", Annals of Statistics 32, 2004,
    arXiv math/0406456.

    Args:
        scale: See ``runner.dataset.csv``.
        valid: Share of what is not test that is held out for validation.
        test: Share of all patients that is the test set.
        split_seed: Decides which patients; separate from the training seed.
    """
    table = named(
        "diabetes", plain("diabetes_data_raw.csv.gz"), PATIENT, "progression", plain("diabetes_target.csv.gz")
    )
    prepared = prepare(
        table, "progression", task="regression", scale=scale, valid=valid, test=test, split_seed=split_seed
    )
    return data_of("diabetes", prepared)


def plain(name: str, delimiter: str | None = None, skiprows: int = 0) -> NDArray[Any]:
    """Return the numbers of one of scikit-learn's files.

    Raises:
        ValueError: It is not there.
    """
    spec = find_spec("sklearn")  # only located: importing scikit-learn would cost more than training an epoch
    path = Path(spec.origin).parent / "datasets" / "data" / name if spec and spec.origin else None
    if path is None or not path.is_file():
        raise ValueError(f"{name} lies inside scikit-learn, which is not installed or has moved it")
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path, encoding="utf-8") as file:
        return numpy.loadtxt(file, delimiter=delimiter, skiprows=skiprows)


def named(
    name: str, values: NDArray[Any], names: list[str] | tuple[str, ...], target: str, column: NDArray[Any]
) -> Table:
    """Return a table of columns of numbers and one to predict."""
    columns = dict(zip(names, values.T, strict=True))
    return Table(f"scikit-learn's {name}", {**columns, target: column}, numpy.arange(1, len(values) + 1))
