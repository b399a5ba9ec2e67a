import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.hardware.part import part_of, shortfall
from tests.support import built


@given(st.integers(1, 200), st.integers(1, 9), st.integers(1, 2))
def test_the_parts_of_a_batch_are_all_of_it_once(size, world, least):
    parts = [part_of(size, rank, world, least) for rank in range(world)]
    counted = [range(size)[part.rows] for part in parts if part.counted]
    assert [row for rows in counted for row in rows] == list(range(size))
    lengths = [len(rows) for rows in counted]
    assert max(lengths) - min(lengths) <= 1
    assert min(lengths) >= min(least, size)
    assert all(len(range(size)[part.rows]) >= min(least, size) for part in parts), "nobody is left without rows"


@pytest.mark.parametrize(
    ("size", "world", "least", "accumulate", "told"),
    [
        (64, 1, 1, 64, []),
        (64, 2, 2, 16, []),
        (64, 1, 2, 64, ["hardware.accumulate=64: the 64 samples of a batch make 32 micro-batches"]),
        (5, 2, 1, 3, ["hardware.accumulate=3: the 2 samples that a process has of a batch make 2 micro-batches"]),
        (2, 2, 2, 1, ["hardware.processes=2: a batch of 2 has samples for one process: all others only keep step"]),
        (5, 4, 2, 1, ["hardware.processes=4: a batch of 5 has samples for 2: the others only keep step"]),
    ],
)
def test_a_batch_that_is_too_small_for_what_it_is_split_into_is_told(size, world, least, accumulate, told):
    assert shortfall(size, world, least, accumulate) == told


def test_the_banner_says_so(tmp_path):
    run = built(tmp_path / "run", "hardware.accumulate=20")
    assert "hardware.accumulate=20: the 16 samples of a batch make 16 micro-batches" in run.facts["notes"]
