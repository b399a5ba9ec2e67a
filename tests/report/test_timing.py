from runner.report.timing import timing


def test_a_bar_for_each_run_as_long_as_its_time():
    drawn = timing({"a": {"forward": 3.0, "data": 1.0, "copy": 0.0, "total": 4.0}, "b": {"data": 2.0}, "c": {}})
    assert drawn.count("<rect") == 3
    assert "<title>forward 3.0 s, 75%</title>" in drawn
    assert "a: forward 75%, data 25%; b: data 100%" in drawn
    assert 'width="540.0"' in drawn
    assert timing({"a": {}}) == ""
