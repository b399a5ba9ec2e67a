"""Data files from a stranger: whatever their bytes, they are read or refused, and nothing is written or run."""

import gzip
import io
import os
import struct
import tarfile
import zlib

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.dataset.csv import csv
from runner.dataset.download import check_secure, fetch
from runner.dataset.image import cifar_files
from runner.dataset.image.files import Images
from runner.dataset.image.idx import parse
from runner.dataset.image.picture import Pictures, decode_all
from runner.dataset.table.separated import read_table
from runner.dataset.text import text
from runner.dataset.text_folder import text_folder

EXAMPLES = int(os.environ.get("RUNNER_FUZZ", "40"))
"""More, and others each time, are looked for with RUNNER_FUZZ=2000."""

FUZZ = settings(
    deadline=None,
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == 40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

IDX = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 3, 4) + bytes(24)
TABLE = b'a,b,c\n1,"x, y",2\n3,z,\n4,"w",5\n' * 3


def damaged(content):
    """Bytes like those of a good file, changed in a few places, cut off or with others between."""

    def changed(draw):
        found = bytearray(content)
        for _ in range(draw(st.integers(1, 4))):
            position = draw(st.integers(0, len(found) - 1))
            found[position : position + draw(st.integers(0, 2))] = draw(st.binary(max_size=3))
            found = found or bytearray(b"x")
        return bytes(found)

    return st.composite(changed)()


def read_or_refused(function, *arguments):
    """The only error there may be is one for the user, of one line that says something."""
    try:
        function(*arguments)
    except ValueError as error:
        assert str(error).strip()  # noqa: PT017


@FUZZ
@given(damaged(IDX) | st.binary(max_size=40))
def test_any_bytes_are_an_idx_file_or_refused(content):
    read_or_refused(parse, content)


@FUZZ
@given(damaged(TABLE) | st.binary(max_size=60) | st.text(alphabet='a1,;"\n\t .', max_size=60).map(str.encode))
def test_any_bytes_are_a_table_or_refused(tmp_path, content):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    os.utime(path, ns=(0, zlib.crc32(content)))  # tables are remembered by their time and size
    read_or_refused(read_table, str(path))
    read_or_refused(lambda: csv(str(path), "a").load())


@FUZZ
@given(damaged("Ünï 日本\r\n\ttext\0 of 🚀 words\n".encode() * 4) | st.binary(max_size=60))
def test_any_bytes_are_text_or_refused(tmp_path, content):
    for name in ("one", "two"):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "a.txt").write_bytes(content)
        os.utime(tmp_path / name / "a.txt", ns=(0, zlib.crc32(content)))
    read_or_refused(lambda: text(str(tmp_path / "one" / "a.txt"), bptt=4).load())
    read_or_refused(lambda: text(str(tmp_path / "one" / "a.txt"), level="byte", bptt=4).load())
    read_or_refused(lambda: text_folder(str(tmp_path), unit="line", length=8).load())


def png():
    from PIL import Image

    made = io.BytesIO()
    Image.fromarray(numpy.arange(192, dtype=numpy.uint8).reshape(8, 8, 3)).save(made, "PNG")
    return made.getvalue()


@FUZZ
@given(damaged(png()) | st.binary(max_size=40))
def test_any_bytes_are_a_picture_or_refused(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    images = Images([tmp_path / "a.png"], (3, 4, 4))
    assert images[0].shape == (3, 4, 4)
    read_or_refused(decode_all, Pictures(tmp_path, ["a.png"], (3, 4, 4)), 1)


POSTSCRIPT = (
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n(canary) (w) file closefile\nshowpage\n%%EOF\n"
)


def test_a_picture_that_is_a_program_is_none(tmp_path, monkeypatch):
    """Pillow would hand PostScript to an interpreter, whatever the file is called."""
    from PIL import EpsImagePlugin

    started = []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *_, **__: started.append(1))
    (tmp_path / "cat.png").write_bytes(POSTSCRIPT)
    images = Images([tmp_path / "cat.png"], (3, 4, 4))
    assert not images[0].any()
    assert images.broken == [f"{tmp_path / 'cat.png'} (no picture)"]
    with pytest.raises(ValueError, match=r"cat\.png \(no picture\)"):
        decode_all(Pictures(tmp_path, ["cat.png"], (3, 4, 4)), 1)
    assert started == []


def member(name, content=b"", **more):
    found = tarfile.TarInfo(name)
    found.size = len(content)
    for key, value in more.items():
        setattr(found, key, value)
    return found, io.BytesIO(content)


def archive(path, *members):
    with tarfile.open(path, "w:gz") as made:
        for found, content in members:
            made.addfile(found, content)
    return path


OUT = "../canary"
ESCAPES = {
    "up": member(OUT, b"x"),
    "absolute": member("/tmp/canary-of-a-test", b"x"),
    "link": member("d/train", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "hard link": member("d/train", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
    "setuid": member("canary", b"x", mode=0o4755),
    "device": member("d/train", type=tarfile.CHRTYPE, devmajor=1, devminor=5),
    "pipe": member("d/train", type=tarfile.FIFOTYPE),
    "sparse": member("d/train", type=tarfile.GNUTYPE_SPARSE),
}


@pytest.mark.parametrize("name", ESCAPES)
def test_an_archive_leads_nowhere(tmp_path, name):
    place = tmp_path / "inner"
    place.mkdir()
    path = archive(place / "a.tar.gz", ESCAPES[name], member("d/other", b"x"))
    before = set(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match=r"a\.tar\.gz"):
        cifar_files.read(path, "d", ["train"], "test", 10)
    assert set(tmp_path.rglob("*")) == before
    assert not os.path.exists("/tmp/canary-of-a-test")


def test_an_archive_unpacks_to_no_more_than_it_may(tmp_path, monkeypatch):
    monkeypatch.setattr(cifar_files, "WHOLE", 100_000)
    for name, found in {
        "many": [member(f"d/{index}", bytes(20_000)) for index in range(10)],
        "one": [member("d/train", bytes(200_000))],
        "header": [member("d/train", b"x", pax_headers={"comment": "x" * 200_000})],
    }.items():
        path = archive(tmp_path / f"{name}.tar.gz", *found)
        assert path.stat().st_size < 3_000
        with pytest.raises(ValueError, match="damaged archive: it unpacks to more than 100,000 bytes"):
            cifar_files.read(path, "d", ["train"], "test", 10)


@FUZZ
@given(st.data())
def test_any_bytes_are_an_archive_or_refused(tmp_path, data):
    with gzip.open(archive(tmp_path / "good.tar.gz", member("d/train", b"x" * 600))) as file:
        content = data.draw(damaged(file.read()))
    packed = data.draw(st.just(gzip.compress(content)) | damaged(gzip.compress(content)))
    (tmp_path / "a.tar.gz").write_bytes(packed)
    with pytest.raises(ValueError, match=r"a\.tar\.gz"):
        cifar_files.read(tmp_path / "a.tar.gz", "d", ["train"], "test", 10)


@pytest.mark.parametrize(
    "url",
    ["http://example.org/x", "http://127.0.0.1.example.org/x", "http://127.0.0.1@example.org/x", "file:///etc/passwd",
     "ftp://example.org/x", "HTTP://example.org", "//example.org/x", ""],
)  # fmt: skip
def test_downloads_are_from_https_only(tmp_path, url):
    with pytest.raises(ValueError, match="is not https"):
        fetch(url, tmp_path / "x", "sha256:0")
    assert not list(tmp_path.iterdir())


def test_a_redirection_does_not_lead_away_from_https(tmp_path):
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    class Away(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(302)
            self.send_header("Location", "http://example.invalid/x")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Away) as server:
        Thread(target=server.handle_request, daemon=True).start()
        with pytest.raises(ValueError, match=r"http://example\.invalid/x is not https"):
            fetch(f"http://127.0.0.1:{server.server_port}/x", tmp_path / "x", "sha256:0")


def test_https_and_this_machine_are_fine():
    check_secure("https://example.org/x")
    check_secure("http://127.0.0.1:80/x")
