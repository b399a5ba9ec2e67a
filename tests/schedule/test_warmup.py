from hypothesis import given
from hypothesis import strategies as st

from runner.schedule.warmup import progress, rise, risen


@given(st.integers(1, 500), st.floats(0, 0.99))
def test_rises_from_above_zero_to_one_then_progresses_to_the_end(total, warmup):
    values = [rise(step, total, warmup) for step in range(total)]
    rising = [value for value in values if value is not None]
    assert all(0 < value <= 1 for value in rising)
    assert rising == sorted(rising)
    assert values[: len(rising)] == rising  # it does not come back
    after = [progress(step, total, warmup) for step in range(len(rising), total)]
    assert after == sorted(after)
    assert all(0 <= value <= 1 for value in after)
    if len(after) > 1:
        assert after[-1] == 1


def test_risen_is_one_after_the_rise():
    assert [risen(step, 10, 0.2) for step in range(4)] == [1 / 3, 2 / 3, 1, 1]
