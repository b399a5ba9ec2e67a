"""What a process says: in whose characters, to whom, and what becomes of it when nobody listens."""

import io
import json
import os
import subprocess
import sys

import pytest
from rich.console import Console

from runner.stream import AS_BYTES, LASTING, Voice, answer, ascii_of, aside, lasting, moves
from tests.conftest import ROOT

OURS, NAME = "a · 1 ± 2 → 3…", "ü 犬 \udcff"


def test_our_own_characters_have_plain_ones_and_names_are_spelt():
    assert ascii_of(OURS) == "a | 1 +- 2 -> 3..."
    assert ascii_of(NAME) == r"\xfc \u72ac \udcff"
    assert f"{OURS}{NAME}".encode("ascii", AS_BYTES) == b"a | 1 +- 2 -> 3..." + "ü 犬 ".encode() + b"\xff"
    assert NAME.encode("utf-8", LASTING).decode() == r"ü 犬 \udcff"
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", LASTING)


PREPARED = """
import os, sys
from runner import stream
stream.prepare()
made = open("made", "w")
os.write(1, b"noise"); os.write(2, b"noise")
print("· ü", sys.stdin.read()); print("·", file=sys.stderr)
sys.exit(3 if made.fileno() < 3 else 0)
"""


def prepared(tmp_path, redirections, **variables):
    words = ["sh", "-c", f'exec "$@" {redirections}', "sh", sys.executable, "-c", PREPARED]
    environment = {"PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False)


def test_a_closed_descriptor_is_never_that_of_a_file(tmp_path):
    done = prepared(tmp_path, "<&- >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert (tmp_path / "made").read_bytes() == b""


@pytest.mark.parametrize(
    ("variables", "said"),
    [({"LC_ALL": "C"}, "| ü"), ({"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}, r"| \xfc"), ({"LANG": "C"}, "· ü")],
    ids=["the locale C", "ascii", "coerced"],
)
def test_plain_characters_where_they_are_asked_for(tmp_path, variables, said):
    done = prepared(tmp_path, "</dev/null", **variables)
    assert (done.returncode, done.stdout.decode()) == (0, f"noise{said} \n")
    assert done.stderr.decode() == f"noise{said[0]}\n"


NOISY = """
import os, subprocess, sys
from runner.stream import answer, aside, document

def noise():
    print("word")
    os.write(1, b"raw\\n")
    subprocess.run([sys.executable, "-Sc", "print('child')"], check=True)

with aside():
    noise()
    document({"value": [float("nan"), -float("inf"), 1.5], 2: None})
with aside(), aside(quiet=True), aside():
    noise()
    answer("the answer")
print("after")
"""


def test_aside_the_answer_alone_arrives_whoever_speaks(tmp_path):
    done = subprocess.run([sys.executable, "-c", NOISY], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    first, *others = done.stdout.splitlines()
    assert json.loads(first) == {"value": ["nan", "-inf", 1.5], "2": None}
    assert others == ["the answer", "after"]
    assert sorted(done.stderr.split()) == ["child", "raw", "word"]


def test_aside_where_the_output_is_no_file(monkeypatch, capsys):
    with aside():
        print("word")
        answer("the answer")
    with aside(quiet=True):
        print("word")
        answer("another")
    assert capsys.readouterr() == ("the answer\nanother\n", "word\n")


def left():
    """Return a stream whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return open(writer, "w", encoding="utf-8")


def test_a_voice_outlives_its_reader():
    with left() as stream:
        voice = Voice(stream=stream)
        for _ in range(3):
            assert voice.write("x" * 20_000) == 20_000
            voice.flush()
        assert os.readlink(f"/proc/self/fd/{stream.fileno()}") == os.devnull if os.path.exists("/proc") else True


def test_work_goes_on_though_nobody_listens(monkeypatch):
    with left() as stream, left() as errors:
        monkeypatch.setattr("sys.stdout", stream)
        monkeypatch.setattr("sys.stderr", errors)
        with lasting():
            print("word", flush=True)
            print("word", file=sys.stderr, flush=True)
        assert sys.stdout is stream


def test_an_answer_that_nobody_takes_is_told_once(monkeypatch):
    with left() as stream:
        monkeypatch.setattr("sys.stdout", stream)
        with pytest.raises(BrokenPipeError), aside():
            answer("the answer")
    assert stream.closed


def test_a_voice_says_in_ascii_what_a_strict_stream_refuses():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Voice(stream=stream).write("· ü")
    stream.flush()
    assert stream.buffer.getvalue() == rb"| \xfc"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "variables", "live"),
    [
        (Terminal, {}, True),
        (Terminal, {"TERM": "dumb"}, False),
        (Terminal, {"CI": "true"}, False),
        (Terminal, {"JPY_PARENT_PID": "7", "FORCE_COLOR": "1"}, False),  # !runner in a notebook
        (io.StringIO, {}, False),
        (io.StringIO, {"FORCE_COLOR": "1"}, False),  # a notebook's cell, a log with colours
    ],
)
def test_only_a_terminal_that_somebody_looks_at(monkeypatch, stream, variables, live):
    for name in ("CI", "JPY_PARENT_PID", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"TERM": "xterm"} | variables).items():
        monkeypatch.setenv(name, value)
    assert moves(Console(file=stream())) is live
