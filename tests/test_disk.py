import pytest

from runner.disk import Backlog, Complaint, Unwritable, in_words, room


def test_what_is_done_again_takes_the_place_of_what_was(tmp_path):
    lines = Backlog(tmp_path / "lines")
    lines.go_on_at(0)
    for word in (b"one\n", b"two\n", b"three\n"):
        lines.add(word)
    lines.close()
    again = Backlog(tmp_path / "lines")
    again.go_on_at(4, waiting=b"2\n")
    assert (tmp_path / "lines").read_bytes() == b"one\ntwo\nthree\n", "nothing is done before the first line"
    again.add(b"3\n")
    assert (tmp_path / "lines").read_bytes() == b"one\n2\n3\n"
    assert again.size == 8
    again.close()


def test_a_run_that_adds_nothing_leaves_what_counts(tmp_path):
    (tmp_path / "lines").write_bytes(b"one\ntwo\n")
    lines = Backlog(tmp_path / "lines")
    lines.go_on_at(4)
    lines.close()
    assert (tmp_path / "lines").read_bytes() == b"one\n"


def test_a_file_that_has_lost_its_end_goes_on_after_its_last_whole_line(tmp_path, caplog):
    (tmp_path / "lines").write_bytes(b"one\ntw")
    lines = Backlog(tmp_path / "lines")
    lines.go_on_at(20)
    lines.add(b"three\n")
    lines.close()
    assert (tmp_path / "lines").read_bytes() == b"one\nthree\n", "no hole of zeros"
    assert "has lost its end: 6 of 20 bytes are there" in caplog.text


def test_several_append_to_a_shared_file(tmp_path):
    first, second = (Backlog(tmp_path / "lines", shared=True) for _ in range(2))
    assert not (tmp_path / "lines").exists(), "made with its first line"
    for word in (b"one\n", b"two\n"):
        first.add(word)
        second.add(word)
    assert (tmp_path / "lines").read_bytes() == b"one\none\ntwo\ntwo\n"
    first.close()
    second.close()


def test_what_waits_can_be_insisted_on(tmp_path):
    lines = Backlog(tmp_path / "no" / "lines")
    lines.go_on_at(0)
    lines.insist()
    lines.add(b"one\n")
    assert list(lines.waiting) == [b"one\n"]
    with pytest.raises(Unwritable, match="is gone: it was deleted or moved while lines was written"):
        lines.insist()


def test_nothing_is_said_to_be_over_that_was_not_wrong(tmp_path, caplog):
    with caplog.at_level("INFO"):
        Complaint("so what").over(tmp_path)
    assert not caplog.records


def test_sizes_in_words(tmp_path):
    assert [in_words(size) for size in (0, 999, 1000, 3_200_000, 5e9, 7e12)] == [
        "0 B", "999 B", "1.0 kB", "3.2 MB", "5.0 GB", "7.0 TB",
    ]  # fmt: skip
    assert room(tmp_path) > 0
    assert room(tmp_path / "no") == 0
