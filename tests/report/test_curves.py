import math

from runner.report.curves import charts, legend


def test_a_picture_for_each_metric_and_a_line_for_each_run_and_part():
    one = {"train/loss": {1.0: 2.0, 2.0: 1.0}, "valid/loss": {1.0: 2.5, 2.0: math.nan, 3.0: 1.5}, "lr": {1.0: 0.1}}
    two = {"train/loss": {1.0: 3.0, 2.0: 2.0}, "valid/accuracy": {1.0: 0.5}}
    (loss,) = charts({"a": one, "b <": two})
    assert loss.count('<polyline class="run') == 3
    assert loss.count("run s0 train") == loss.count("run s1 train") == 1
    assert "<title>b &lt; train/loss: 2 in the end</title>" in loss
    assert 'aria-label="loss by epoch of 2 runs"' in loss
    assert charts({"a": {"valid/loss": {1.0: math.nan, 2.0: math.nan}}}) == []


def test_colours_come_again_when_there_are_no_more():
    assert 'class="key s0">r8<' in legend([f"r{n}" for n in range(9)])
