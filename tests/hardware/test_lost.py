import pytest

from runner.hardware.lost import without_worker


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("DataLoader timed out after 600.0 seconds", "has not answered for 600 s (hardware.timeout)"),
        ("DataLoader worker (pid 7) is killed by signal: Bus error. It is possible", "(pid 7) was killed (Bus error)"),
        ("DataLoader worker (pid(s) 7, 8) exited unexpectedly", "(pid 7, 8) has ended without a word"),
    ],
)
def test_what_torch_says_of_workers_is_told_with_the_way_out(said, words):
    told = without_worker(RuntimeError(said))
    assert words in told
    assert "dataset.workers=0 reads without them" in told


def test_how_a_worker_was_killed_is_known_from_the_cause():
    error = RuntimeError("DataLoader worker (pid(s) 7) exited unexpectedly")
    error.__cause__ = RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed. ")
    assert "was killed (Killed)" in without_worker(error)


def test_another_error_is_none_of_that():
    assert without_worker(RuntimeError("mat1")) is None
