"""The card, as a hub reads it and as people do."""

import pytest
import yaml

from runner.export.card import card, making, pipeline, some
from runner.export.compare import Difference
from runner.export.facts import describe
from runner.export.form import FORMS, form


@pytest.fixture(scope="module")
def facts(saved):
    return describe(saved, "best", {"pt2": Difference(1.2e-7, 1e-4, (1, 2, 7), (3, 6), False)})


def test_the_front_matter(facts):
    _, front, text = card(facts, [form("pt2")], "mit").split("---\n", 2)
    said = yaml.safe_load(front)
    assert said["license"] == "mit"
    assert said["library_name"] == "pytorch"
    assert said["pipeline_tag"] == "image-classification"
    (model,) = said["model-index"]
    (result,) = model["results"]
    assert model["name"] == "run"
    assert result["dataset"] == {"name": "noise", "type": "noise", "split": "test"}
    assert {"type": "accuracy", "name": "test/accuracy", "value": facts["metrics"]["test/accuracy"]} in result[
        "metrics"
    ]
    assert text.startswith("\n# MLP on noise\n")


def test_the_text(facts):
    text = card(facts, map(form, FORMS))
    for heading in ("Use", "Inputs and outputs", "Data", "Metrics", "Check", "Configuration", "Environment", "Licence"):
        assert f"\n## {heading}\n" in text
    for name in FORMS:
        assert form(name).usage in text
    assert "- inputs: float32 `[n, 1, 8, 8]`, any n\n" in text
    assert "56 train, 16 valid, 24 test" in text
    assert "| pt2 | 1.2e-07 | 1, 2, 7 | 3, 6 only |" in text
    assert "_target_: runner.callback.ema.EMA" in text
    assert "Nobody has chosen one" in text
    assert "license: unknown\n" in text


def test_how_inputs_are_made(facts):
    told = {**facts["inputs"], "mean": [2.0], "std": [0.5], "view": "by_rows"}
    lines = making(told).splitlines()
    assert lines[-4:-1] == [
        "mean = torch.tensor([2]).view(-1, 1, 1)",
        "std = torch.tensor([0.5]).view(-1, 1, 1)",
        "inputs = ((stored - mean) / std)[None]",
    ]
    assert lines[-1] == "# then seen as by_rows shows them: [1, 8, 8]"
    assert making({**told, "mean": None, "view": None}).endswith("\ninputs = stored[None]")
    assert making({**told, "unknown": True}) == making({"mean": None}) == ""


def test_what_was_seen_in_several_views_or_not_measured(facts):
    assert "mean over several views" not in card(facts, [])
    assert "mean over several views" in card({**facts, "views": True}, [])
    text = card({**facts, "metrics": {}, "weights": "last"}, [])
    assert "None were measured with these weights." in text
    assert "model-index" not in text


@pytest.mark.parametrize(
    ("shape", "kind", "classes", "more", "expected"),
    [
        ([3, 32, 32], "float32", ["a"], {}, "image-classification"),
        ([30], "float32", ["a"], {}, "tabular-classification"),
        ([30], "float32", [], {}, "tabular-regression"),
        ([64], "int64", ["a"], {"tokens": ["x"]}, "text-classification"),
        ([2], "int64", [], {"sizes": [3, 4]}, ""),
        ([28, 28], "float32", ["a"], {}, ""),
    ],
)
def test_what_hubs_call_it(shape, kind, classes, more, expected):
    inputs = {"shape": shape, "type": kind, **more}
    assert pipeline({"inputs": inputs, "outputs": {"classes": classes}, "data": {}}) == expected
    assert pipeline({"inputs": inputs, "outputs": {"classes": []}, "data": {"unit": "tokens"}}) == "text-generation"


def test_many_names_and_odd_ones():
    assert some(["a", "\n"]) == r"`a`, `\n`"
    assert some(range(23)).endswith("`19` and 3 more")
