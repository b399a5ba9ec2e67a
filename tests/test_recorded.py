from runner.recorded import config, flat, overrides


def test_what_was_written_is_read_and_flattened(tmp_path):
    (tmp_path / "config.yaml").write_text("a: {b: [1, {c: 2}], d: {}}\ne: null\n")
    assert flat(config(tmp_path)) == {"a.b": [1, {"c": 2}], "a.d": {}, "e": None}
    assert flat({}) == {}
    assert overrides(tmp_path) == []
    (tmp_path / "overrides.yaml").write_text("- a=1\n")
    assert overrides(tmp_path) == ["a=1"]
