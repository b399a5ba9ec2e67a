from hypothesis import given
from hypothesis import strategies as st

from runner.hardware.part import part_of


@given(st.integers(1, 200), st.integers(1, 9), st.integers(1, 2))
def test_the_parts_of_a_batch_are_all_of_it_once(size, world, least):
    parts = [part_of(size, rank, world, least) for rank in range(world)]
    counted = [range(size)[part.rows] for part in parts if part.counted]
    assert [row for rows in counted for row in rows] == list(range(size))
    lengths = [len(rows) for rows in counted]
    assert max(lengths) - min(lengths) <= 1
    assert min(lengths) >= min(least, size)
    assert all(len(range(size)[part.rows]) >= min(least, size) for part in parts), "nobody is left without rows"
