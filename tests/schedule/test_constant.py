import pytest

from runner.schedule.constant import constant


def test_is_one_after_the_rise():
    assert [constant(step, 10) for step in range(10)] == [1.0] * 10
    assert [constant(step, 10, warmup=0.3) for step in range(5)] == pytest.approx([0.25, 0.5, 0.75, 1, 1])
