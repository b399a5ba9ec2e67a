"""Locks of a PostgreSQL server; the tests that break connections are in test_postgresql.py."""

import subprocess
import sys

import pytest

from runner.sweep.advisory import held, is_taken, kept, number_of


@pytest.fixture
def engine(postgresql):
    import sqlalchemy

    from runner.sweep.storage import normal

    engine = sqlalchemy.create_engine(normal(postgresql.fresh()))
    yield engine
    engine.dispose()


def test_words_name_a_lock_alike_in_every_process():
    command = [sys.executable, "-c", "from runner.sweep.advisory import number_of; print(number_of('a', 'b'))"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert int(told) == number_of("a", "b")
    assert len({number_of("a", "b"), number_of("ab"), number_of("a"), number_of("b", "a")}) == 4
    assert -(2**63) <= number_of("a") < 2**63


def test_a_lock_is_seen_by_others_and_gone_afterwards(engine):
    number = number_of("x")
    assert not is_taken(engine, number)
    with held(engine, number):
        assert is_taken(engine, number)
        assert not is_taken(engine, number_of("y"))
    assert not is_taken(engine, number)


def test_a_lock_that_is_kept_is_had_by_one(engine):
    with kept(engine, number_of("x")) as first:
        with kept(engine, number_of("x")) as second:
            assert (first, second) == (True, False)
        assert is_taken(engine, number_of("x"))
    assert not is_taken(engine, number_of("x"))
