"""Which errors of a database are worth waiting for."""

import sqlite3
import threading
import time
from types import SimpleNamespace

import pytest
import sqlalchemy
from sqlalchemy.exc import DBAPIError, OperationalError

from runner.sweep.outage import outage, passes, patiently, trouble


def raised(path, *statements, mode="rwc", before=lambda: None):
    """Return what SQLAlchemy raises when these are executed, after something else has been done on the way."""
    url = f"sqlite:///file:{path}?mode={mode}&uri=true"
    engine = sqlalchemy.create_engine(url, connect_args={"timeout": 0})

    def execute():
        with engine.connect() as connection:
            before()
            for statement in ("PRAGMA busy_timeout=0", *statements):  # MLflow, once imported, sets it for everybody
                connection.exec_driver_sql(statement)

    with pytest.raises(DBAPIError) as error:
        execute()
    engine.dispose()
    return error.value


@pytest.fixture
def path(tmp_path):
    made = sqlite3.connect(tmp_path / "x.db")
    made.execute("CREATE TABLE t (x)")
    made.commit()
    made.close()
    return tmp_path / "x.db"


def test_a_lock_is_let_go(path):
    other = sqlite3.connect(path, isolation_level=None)
    error = raised(path, "INSERT INTO t VALUES (1)", before=lambda: other.execute("BEGIN EXCLUSIVE"))
    other.close()
    assert outage(error) == "database is locked"


def test_what_stays_is_not_waited_for(path, tmp_path):
    full = raised(path, "PRAGMA max_page_count=2", "INSERT INTO t VALUES (zeroblob(100000))")
    unwritable = raised(path, "INSERT INTO t VALUES (1)", mode="ro")
    absent = raised(tmp_path / "none" / "x.db", "SELECT 1")
    path.write_bytes(path.read_bytes()[:4096] + b"x" * 4096)
    malformed = raised(path, "SELECT * FROM t", "PRAGMA max_page_count=2")
    for error, words in (
        (full, "full"),
        (unwritable, "readonly"),
        (absent, "unable to open"),
        (malformed, "malformed"),
    ):
        assert outage(error) is None, words
        assert words in trouble(error)
        began = time.monotonic()
        with pytest.raises(DBAPIError):
            patiently(lambda error=error: throw(error))
        assert time.monotonic() - began < 1


def throw(error):
    raise error


@pytest.mark.parametrize(
    ("state", "text", "is_passing"),
    [
        (None, "server closed the connection unexpectedly", True),
        (None, 'FATAL:  password authentication failed for user "x"', False),
        (None, 'FATAL:  database "x" does not exist', False),
        (None, "FATAL:  the database system is starting up", True),
        ("57P01", "terminating connection due to administrator command", True),
        ("08006", "connection failure", True),
        ("40P01", "deadlock detected", True),
        ("53100", "could not extend file: No space left on device", False),
        ("57P04", "database was dropped", False),
    ],
)
def test_what_a_server_says(state, text, is_passing):
    said = type("Said", (Exception,), {"sqlstate": state})(text)
    assert passes(said) == is_passing
    assert (outage(OperationalError("SELECT 1", {}, said)) is not None) == is_passing


def test_who_does_not_want_to_wait_does_not(path):
    gone = SimpleNamespace(is_so=False)
    threading.Timer(0.3, lambda: setattr(gone, "is_so", True)).start()
    began = time.monotonic()
    error = OperationalError("SELECT 1", {}, Exception("server closed the connection"))
    with pytest.raises(ConnectionError, match="has not answered for 0"):
        patiently(lambda: throw(error), 600, lambda: gone.is_so)
    assert 0.3 <= time.monotonic() - began < 5


def test_other_mistakes_are_nobodys_storage():
    assert trouble(ValueError("x")) is None
    assert trouble(ConnectionError("it does not answer")) == "it does not answer"
    assert "No space" in trouble(OSError(28, "No space left on device", "/x"))
