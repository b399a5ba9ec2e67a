import json
import signal

from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

from runner.guilty import ProcessFailed, reason, stuck
from runner.interrupt import Interrupted


def failure(path, exitcode, message="", at=100):
    """A process's failure as torch's agent tells of it."""
    if message:
        told = {"message": {"message": message, "extraInfo": {"py_callstack": "", "timestamp": str(at)}}}
        path.write_text(json.dumps(told))
    return ProcessFailure(local_rank=0, pid=7, exitcode=exitcode, error_file=str(path))


def test_the_reason_is_the_first_error_that_is_none_of_losing_another_process(tmp_path):
    lost = failure(tmp_path / "a", 1, "RuntimeError: Connection closed by peer", at=99)
    guilty = failure(tmp_path / "b", 1, "ValueError: no such class", at=100)
    later = failure(tmp_path / "c", 1, "ValueError: another", at=101)
    ended = reason({0: lost, 2: later, 1: guilty})
    assert isinstance(ended, ProcessFailed)
    assert str(ended) == "process 1 (pid 7): ValueError: no such class"
    assert ended.kind == "ValueError"
    killed = reason({0: lost, 3: failure(tmp_path / "none", -9)})
    assert "process 3 (pid 7) was killed by SIGKILL" in str(killed)
    assert killed.kind == "SIGKILL"
    stopped = reason({0: failure(tmp_path / "none", 143)})
    assert isinstance(stopped, Interrupted)
    assert stopped.signum == signal.SIGTERM


def test_an_error_of_the_users_own_is_no_consequence(tmp_path):
    own = failure(tmp_path / "a", 1, "ConnectionResetError: Connection reset by peer")
    assert str(reason({0: own})) == "process 0 (pid 7): ConnectionResetError: Connection reset by peer"
    told = failure(tmp_path / "b", 1, "Elsewhere: ValueError: no such class", at=1)
    guilty = failure(tmp_path / "c", 1, "ValueError: no such class", at=2)
    assert str(reason({1: told, 0: guilty})) == "process 0 (pid 7): ValueError: no such class"
    assert "ended with exit code 1, and could not tell why" in str(reason({0: failure(tmp_path / "none", 1)}))


LOST = "RuntimeError: Connection closed by peer"
LATE = "RuntimeError: Timed out waiting 5000ms for recv operation to complete"


def test_who_left_without_a_failure_is_named_by_those_that_lost_it(tmp_path):
    lost = failure(tmp_path / "a", 1, LOST)
    said = str(reason({0: lost, 2: failure(tmp_path / "b", 1, LOST, at=101)}, processes=3))
    assert said.startswith("process 1 left with exit code 0 before the run had ended: process 0 (pid 7) lost it")
    assert str(reason({0: lost}, processes=1)).startswith("process 0 (pid 7) lost another one, which hangs")


def test_who_had_to_be_killed_hung_and_was_not_out_of_memory(tmp_path):
    failures = {0: failure(tmp_path / "a", 1, LATE), 1: failure(tmp_path / "none", -signal.SIGKILL)}
    assert "process 1 (pid 7) was killed by SIGKILL, perhaps for lack of memory" in str(reason(failures, 2))
    assert "process 1 (pid 7) hangs, or is stopped: it did not answer" in str(reason(failures, 2, killed={1}))
    trace = 'Current thread 0x0 (most recent call first):\n  File "/a/net.py", line 7 in forward\n'
    assert "process 1 (pid 7) hangs in forward (net.py:7): it" in str(reason(failures, 2, {1}, {1: trace}))
    assert stuck(failures, {1}) == [1]
    assert stuck(failures, {}) == []


def test_whose_own_alarm_ended_it_hung_where_it_says(tmp_path):
    failures = {0: failure(tmp_path / "a", 1, LATE), 1: failure(tmp_path / "none", -signal.SIGALRM)}
    assert "process 1 (pid 7) hangs: it did not stop" in str(reason(failures, 2))
    trace = '  File "/a/net.py", line 7 in forward\n'
    assert "process 1 (pid 7) hangs in forward (net.py:7): it did not stop" in str(reason(failures, 2, (), {1: trace}))
    assert stuck(failures, ()) == [1]
