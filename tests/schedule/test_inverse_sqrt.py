import pytest

from runner.schedule.inverse_sqrt import inverse_sqrt


@pytest.mark.parametrize(("total", "warmup"), [(100, 0.1), (50, 0.4), (20, 0.0)])
def test_is_the_papers_equation_over_its_maximum(total, warmup):
    w = warmup * total + 1
    for step in range(total):
        s = step + 1
        paper = min(s**-0.5, s * w**-1.5)
        assert inverse_sqrt(step, total, warmup) == pytest.approx(paper * w**0.5)


def test_a_quarter_of_the_time_has_twice_the_rate():
    assert inverse_sqrt(25 * 4 - 1, 1000) == pytest.approx(0.99, abs=0.02)
    assert inverse_sqrt(99, 1000, 0.0) == pytest.approx(2 * inverse_sqrt(399, 1000, 0.0))
