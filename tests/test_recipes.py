"""A recipe opens with a measured result, and says what it promises."""

import re
from pathlib import Path

import pytest
import yaml

from runner.expect import read

ROOT = Path(__file__).parent.parent
RECIPES = sorted((ROOT / "recipes").rglob("*.yaml"))
MEASURED = re.compile(r"(\d+\.\d+) (?:\w+ )?(?:\+- \d+\.\d+|\(seed \d alone\))")


def ids(path):
    return str(path.relative_to(ROOT))


def head(path):
    """The comment that a recipe opens with, as one line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    end = next(index for index, line in enumerate(lines) if not line.startswith("#"))
    return " ".join(line.lstrip("# ") for line in lines[:end])


@pytest.mark.parametrize("path", RECIPES, ids=ids)
def test_opens_with_a_measured_result(path):
    text = head(path)
    assert MEASURED.search(text), "mean +- standard deviation, or the only seed"
    assert re.search(r"seeds? \d", text), "which seeds"
    assert re.search(r"\d (s|min)\b", text), "how long"
    assert "core" in text, "on what machine"
    assert f"runner {path.relative_to(ROOT)}" in text, "how to run it"


@pytest.mark.parametrize("path", RECIPES, ids=ids)
def test_promises_no_more_than_was_measured(path):
    """The first number of the header is of the first metric that is promised, and keeps the promise."""
    promised = yaml.safe_load(path.read_text(encoding="utf-8"))["expect"]
    assert promised
    name, text = next(iter(promised.items()))
    assert name in head(path).replace(" ", "/"), f"{name} is not in the header"
    comparison, bound = read(text)
    mean = float(MEASURED.search(head(path))[1])
    assert mean > bound if comparison.startswith(">") else mean < bound


@pytest.mark.slow
@pytest.mark.parametrize("name", ["breast_cancer_mlp", "digits_cnn"])
def test_the_fastest_keep_their_promise(cli, name):
    done = cli(f"recipes/{name}.yaml", "~callback.mlflow", timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_promise_that_is_not_kept_is_exit_3(cli):
    done = cli(
        "dataset=noise", "model=mlp", "epochs=1", "callback=[record,checkpoint]", 'expect={test/accuracy: ">= 1.1"}'
    )
    assert done.returncode == 3
    assert "expected test/accuracy >= 1.1, got " in done.stderr


def test_a_search_whose_best_breaks_it_is_exit_3_too(cli):
    done = cli(
        "-m", "dataset=noise", "model=mlp", "epochs=1", "callback=[record,checkpoint]", "seed=0,1",
        'expect={test/accuracy: ">= 1.1"}',
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.count("expected test/accuracy") == 1
