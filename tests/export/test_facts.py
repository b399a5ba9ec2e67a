"""What is told of an exported model."""

import json
import shutil
from pathlib import Path

import pytest

from runner.export.compare import Difference
from runner.export.facts import describe, metrics
from runner.inference.saved import Saved

SAME = {"pt2": Difference(0.0, 1e-4, (1, 2, 7))}


def test_a_classifier_of_images(saved):
    facts = json.loads(json.dumps(describe(saved, "best", SAME)))
    summary = json.loads((saved.folder / "summary.json").read_text())
    assert facts["inputs"]["shape"] == [1, 8, 8]
    assert facts["inputs"]["preparation"].startswith("a picture is turned as its EXIF note says and decoded as grey")
    assert facts["inputs"]["mean"] == pytest.approx(saved.splits.mean.flatten().tolist())
    assert facts["outputs"]["meaning"] == "a score for each class; softmax makes probabilities of them"
    assert facts["outputs"]["classes"] == list(saved.data.classes)
    assert facts["metrics"]["test/accuracy"] == summary["metrics"]["final"]["test/accuracy"]
    assert facts["metrics"]["valid/loss"] == summary["metrics"]["best"]["valid/loss"]
    assert (facts["data"]["name"], facts["data"]["train"]) == ("noise", 56)
    assert list(facts["config"]["callback"]) == ["checkpoint", "ema"]  # the record only watches
    assert "host" not in facts["environment"]
    assert facts["environment"]["packages"]["torch"]
    assert facts["check"]["pt2"]["largest"] == 0.0


def test_other_weights_were_not_measured():
    assert metrics({"metrics": {"final": {"test/loss": 1.0}}}, "last") == {}
    assert metrics({}, "best") == {}


def test_secrets_are_masked_and_data_may_be_gone(folder, tmp_path, capsys, monkeypatch):
    run = tmp_path / "run"
    shutil.copytree(folder, run)
    config = (run / "config.yaml").read_text()
    assert "expect: {}" in config
    (run / "config.yaml").write_text(config.replace("expect: {}", "expect: {api_key: hush}"))
    environment = json.loads((run / "environment.json").read_text())
    environment["data"]["source"] = "https://me:hush@host/file"
    (run / "environment.json").write_text(json.dumps(environment))
    monkeypatch.setattr("runner.configuration.problems_of", lambda cfg: [])  # an expectation is no place for a key
    saved = Saved(run)
    monkeypatch.setattr(Saved, "splits", property(lambda self: Path("gone").read_bytes()))
    facts = describe(saved, "best", SAME)
    assert "hush" not in json.dumps(facts)
    assert facts["inputs"]["unknown"]
    assert "note: the data cannot be read, so that their scale stays unsaid" in capsys.readouterr().err
