import os
import signal
import time
from pathlib import Path

import pytest

from runner import flock
from runner.sweep.lease import Deaths, Lease, claiming
from runner.sweep.place import Place
from runner.sweep.study import create_study
from tests.sweep.hand import die_claiming, hold, is_there, kill, start, until


@pytest.fixture
def place(tmp_path):
    place = Place.at(tmp_path / "sweep")
    create_study(place, ["minimize"], {})
    return place


def files(place):
    return sorted(path.name for path in (place.folder / ".lease").iterdir())


def test_a_lease_is_held_for_as_long_as_the_block_and_leaves_nothing(place):
    assert not Lease.is_held(place, "w 1/ü")
    with Lease.hold(place, "w 1/ü"):
        assert Lease.is_held(place, "w 1/ü")
        assert not Lease.is_held(place, "w")
    assert not Lease.is_held(place, "w 1/ü")
    assert files(place) == ["sweep+"]


def test_two_workers_cannot_have_one_name(place):
    with Lease.hold(place, "w"), pytest.raises(ValueError, match="the lease w is held by another process"):
        Lease.hold(place, "w").__enter__()
    with Lease.hold(place, "w"):
        pass


def test_lookers_are_not_taken_for_the_holder(place):
    (place.folder / ".lease" / "sweep+w").touch()
    with open(place.folder / ".lease" / "sweep+w", "rb") as looker:
        assert flock._lock(looker, flock.fcntl.LOCK_SH)
        assert not Lease.is_held(place, "w")


@pytest.mark.parametrize("child", [False, True], ids=["alone", "with a forked child that lives on"])
def test_a_killed_worker_is_dead_at_once(place, tmp_path, child):
    process = start(hold, place.plain(), "w", tmp_path / "ready", child)
    until(lambda: is_there(tmp_path / "ready"))
    assert Lease.is_held(place, "w")
    kill(process)
    orphan = int((tmp_path / "ready").read_text())
    try:
        assert until(lambda: not Lease.is_held(place, "w"), 5) < 1
        assert Deaths(place).has("w")
        if child:
            os.kill(orphan, 0)
    finally:
        if child:
            os.kill(orphan, signal.SIGKILL)
    assert files(place) == ["sweep+", "sweep+w"]
    Lease.forget(place, "w")
    assert files(place) == ["sweep+"]


def test_a_lease_that_is_taken_while_another_removes_it_is_held(place):
    path = place.folder / ".lease" / "sweep+w"
    first = flock.take(path)
    pid = os.fork()
    if not pid:
        with flock.held(path):  # waits; what it has locked then is gone
            Path(place.folder / "held").write_text(str(flock.is_taken(path)))
        os._exit(0)
    time.sleep(0.2)
    path.unlink()
    first.close()
    os.waitpid(pid, 0)
    assert (place.folder / "held").read_text() == "True"


def test_nobody_forgets_the_living(place):
    with Lease.hold(place, "w"):
        Lease.forget(place, "w")
        assert Lease.is_held(place, "w")


def test_a_claim_is_exclusive_and_ends_with_its_holder(place, tmp_path):
    process = start(die_claiming, place.plain(), tmp_path / "ready")
    until(lambda: is_there(tmp_path / "ready"))
    assert flock.take(place.folder / ".lease" / "sweep+", wait=False) is None
    kill(process)
    begin = time.monotonic()
    with claiming(place):
        assert time.monotonic() - begin < 1


def test_a_file_system_without_locks_is_named(place, monkeypatch):
    def unsupported(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(flock.fcntl, "flock", unsupported)
    with pytest.raises(ValueError, match=r"sweep\+w: its file system has no locks.*: use a local disk or"):
        Lease.hold(place, "w").__enter__()
