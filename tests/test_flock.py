"""Locks on files: one holder, gone with its process, and never held by what that process has forked."""

import os
import signal

from runner.flock import held, is_taken, keep_from_children, take


def test_one_at_a_time_and_lookers_do_not_count(tmp_path):
    path = tmp_path / "lock"
    assert not is_taken(path)
    with held(path):
        assert is_taken(path)
        assert is_taken(path)
        assert take(path, wait=False) is None
    assert not is_taken(path)
    file = take(path, wait=False)
    assert file is not None
    file.close()


def test_a_lock_on_a_file_that_was_removed_is_taken_anew(tmp_path):
    path = tmp_path / "lock"
    with held(path):
        path.unlink()
        with held(path):  # another file of the same name
            assert is_taken(path)
        assert not is_taken(path)


def test_a_forked_child_does_not_hold_what_its_parent_held(tmp_path):
    path = tmp_path / "lock"
    reads, writes = os.pipe()
    file = take(path)
    child = os.fork()
    if not child:
        os.write(writes, b".")
        signal.pause()
        os._exit(0)
    try:
        os.read(reads, 1)
        assert is_taken(path)
        file.close()
        assert not is_taken(path)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reads)
        os.close(writes)


def test_any_file_can_be_kept_from_children(tmp_path):
    path = tmp_path / "kept"
    with open(path, "w+") as file:
        keep_from_children(file)
        child = os.fork()
        if not child:
            os.write(file.fileno(), b"of the child")
            os._exit(0)
        os.waitpid(child, 0)
        assert path.read_text() == ""
        file.write("of the parent")
    assert path.read_text() == "of the parent"
