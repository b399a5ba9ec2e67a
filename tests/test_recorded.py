from runner.recorded import config, describe, flat, overrides


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
