import pytest

from runner.debug.limit import Limit


def test_is_all_unless_told_and_cannot_be_changed():
    limit = Limit(train=2)
    assert (limit.train, limit.valid, limit.test) == (2, None, None)
    with pytest.raises(AttributeError):
        limit.train = 3
