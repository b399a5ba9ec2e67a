import json

import pytest
import yaml
from omegaconf import OmegaConf

from runner.recorded import config, config_hash, describe, differing, flat, in_yaml, note_end, overrides, reached, rows
from runner.trust.document import read_yaml


def test_what_was_written_is_read_and_flattened(tmp_path):
    (tmp_path / "config.yaml").write_text("a: {b: [1, {c: 2}], d: {}}\ne: null\n")
    assert flat(config(tmp_path)) == {"a.b": [1, {"c": 2}], "a.d": {}, "e": None}
    assert flat({}) == {}
    assert overrides(tmp_path) == []
    (tmp_path / "overrides.yaml").write_text("- a=1\n")
    assert overrides(tmp_path) == ["a=1"]


def test_a_run_without_a_summary_was_interrupted(tmp_path):
    found = describe(tmp_path)
    assert (found["status"], found["value"], found["epochs"]) == ("interrupted", None, 0)
    (tmp_path / "summary.json").write_text('{"status": "finished", "value": 0.5, "seconds": {"total": 3}}')
    found = describe(tmp_path)
    assert (found["status"], found["value"], found["seconds"]) == ("finished", 0.5, 3)


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1, "b": [1.5, 1e-05, float("inf")], "c": None, "d": {}, "e": [], "f": True},
        {"texts": ["1e3", "1e-3", "12", "1_000", "yes", "null", "~", "", " x ", "0x1f", "nan", ".inf", "1.", "-", "#"]},
        {"odd": ["a: b", "[1, 2]", "{a: b}", "ä€", "two\nlines", "'", '"', "%", "@", "*", "&x", "!y", "2026-01-01"]},
        {"2": 1, "1e3": 2, "on": 3},
        ["a=1", "b=[1,2]", "model=cnn"],
    ],
)
def test_what_is_written_is_read_as_the_same_by_both(tmp_path, value):
    (tmp_path / "config.yaml").write_text(in_yaml(value), encoding="utf-8")
    assert read_yaml(tmp_path / "config.yaml")[0] == value
    assert OmegaConf.to_container(OmegaConf.load(tmp_path / "config.yaml")) == value


def test_it_is_written_as_omegaconf_writes_it():
    value = {"a": {"_target_": "x.Y", "lr": 0.001, "text": "1e3"}, "list": [1, "b"], "nothing": None}
    assert in_yaml(value) == OmegaConf.to_yaml(OmegaConf.create(value))


def test_rows_are_read_but_for_what_is_none(tmp_path):
    assert (rows(tmp_path), reached(tmp_path)) == ([], {})
    (tmp_path / "metrics.jsonl").write_bytes(
        b'{"epoch": 1, "step": 4}\nnull\n\xff\n{"epoch": 2, "step": 8}\n{"epoch": 3, "st'
    )
    assert rows(tmp_path) == [{"epoch": 1, "step": 4}, {"epoch": 2, "step": 8}]
    assert reached(tmp_path) == {"epochs": 2, "steps": 8}


def test_interpolations_stay_what_they_are():
    assert yaml.safe_load(in_yaml({"key": "${oc.env:HOME}"})) == {"key": "${oc.env:HOME}"}


def test_the_pasts_of_two_configurations():
    one = {"epochs": 3, "model": {"width": 8, "depth": 1}, "callback": {"a": {}}, "seed": 0}
    other = {"epochs": 5, "model": {"width": 9}, "callback": {}, "seed": 0, "hardware": {"threads": 1}}
    assert differing(one, other) == ["model.width", "model.depth"]
    assert differing(one, one) == []
    by_whom = {"dataset": {"workers": 4, "worker": 1}}
    assert differing({"dataset": {"workers": 0, "worker": 0}}, by_whom) == [
        "dataset.worker"
    ]  # who reads does not matter


def test_an_end_is_noted_beside_what_is_known(tmp_path):
    (tmp_path / "metrics.jsonl").write_text('{"epoch": 2, "step": 9}\n')
    assert note_end(tmp_path, "failed", "killed")["steps"] == 9
    (tmp_path / "summary.json").write_text('{"status": "failed", "steps": 11, "reason": ""}')
    found = note_end(tmp_path, "infeasible", "out of memory", config_hash="abc")
    assert (found["status"], found["reason"], found["steps"], found["epochs"]) == ("infeasible", "out of memory", 11, 2)
    assert (found["config_hash"], found["id"]) == ("abc", tmp_path.name)
    assert describe(tmp_path)["status"] == "infeasible"


def test_config_hash_is_of_the_content():
    assert config_hash({"a": 1, "b": 2}) == config_hash({"b": 2, "a": 1}) != config_hash({"a": 1, "b": 3})


def test_a_metric_s_name_means_the_same_wherever_it_is_asked_for(tmp_path, monkeypatch, capsys):
    """``valid/loss`` is of the best weights, ``final.valid/loss`` of the last epoch."""
    from runner.api import load
    from runner.check.metric import check_metrics
    from runner.gate.baseline import read_baseline
    from runner.history.past import Past
    from runner.launch import verdict
    from runner.verb import assert_, diff, report, runs, show
    from tests.history import made

    monkeypatch.chdir(made.place(tmp_path))
    best, last = 0.25, 0.5
    run, _ = load(made.FIRST), capsys.readouterr()
    assert (run.metrics["valid/loss"], run.metrics["final.valid/loss"]) == (best, last)
    assert "final.test/accuracy" not in run.metrics, "it is measured on the best weights only"

    for words, ids in (["valid/loss<0.3", f"{made.FIRST}\n"], ["final.valid/loss<0.3", ""]):
        assert runs.main(["--quiet", made.FIRST, words]) == 0
        assert capsys.readouterr().out == ids

    assert assert_.main([made.FIRST, "valid/loss<0.3", "final.valid/loss>0.3", "--write-baseline", "b.json"]) == 0
    said = capsys.readouterr().out
    assert "valid/loss (best weights)       " in said
    assert "final.valid/loss (last epoch)" in said
    assert assert_.main([made.FIRST, "final.valid/loss<0.3"]) == 3
    assert "final.valid/loss (last epoch)" in capsys.readouterr().out
    baseline = read_baseline("b.json").numbers
    assert (baseline["valid/loss"], baseline["final.valid/loss"]) == (best, last)

    assert show.main([made.FIRST, made.SECOND]) == 0
    shown = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines() if "valid/loss" in line)
    assert shown == {"valid/loss": "0.25                    0.25", "final.valid/loss": "0.5                     0.5"}

    changed = json.loads((run.folder / "summary.json").read_text())
    changed["metrics"]["best"]["valid/loss"] = 0.2
    (run.folder / "summary.json").write_text(json.dumps(changed))
    assert diff.main([made.FIRST, made.SECOND, "--only", "metrics"]) == 1
    rows = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in rows if "valid/loss" in line] == [["valid/loss", "0.2", "0.25"]]
    assert report.main([made.FIRST, "--no-predictions"]) == 0
    assert 'data-v="0.2"' in (run.folder / "report.html").read_text()

    for text, code in (("< 0.3", 0), ("> 0.3", 3)):
        assert verdict(OmegaConf.create({"expect": {"valid/loss": text}}), changed) == code
    assert verdict(OmegaConf.create({"expect": {"final.valid/loss": "> 0.3"}}), changed) == 0
    expect = {"final.valid/loss": "< 1", "final.test/loss": "< 1"}
    (wrong,) = check_metrics({"task": {"_target_": "runner.task.classification.Classification"}, "expect": expect})
    assert "final.test/loss is no metric" in wrong.message
    assert Past(run.folder).last == {"final.valid/loss": last}
