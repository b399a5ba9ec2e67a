import gzip
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from runner.dataset.download import cache, fetch

CONTENT = b"some bytes of data"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path.startswith("/file") else 404)
        self.end_headers()
        self.wfile.write(gzip.compress(CONTENT) if self.path.endswith(".gz") else CONTENT)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["file", "file.gz"])
def test_keeps_what_has_the_checksum(server, tmp_path, name):
    path = fetch(f"{server}/{name}", tmp_path / "deep" / name, hashlib.sha256(CONTENT).hexdigest())
    assert (gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()) == CONTENT
    assert fetch("https://never.asked", path, "") == path


@pytest.mark.parametrize(
    ("name", "sha256", "reason"), [("file", "0" * 64, "expected 0000"), ("none", "0" * 64, "cannot download")]
)
def test_keeps_nothing_else(server, tmp_path, name, sha256, reason):
    with pytest.raises(ValueError, match=reason):
        fetch(f"{server}/{name}", tmp_path / "x", sha256)
    assert not list(tmp_path.iterdir())


def test_refuses_an_answer_that_is_too_long(server, tmp_path):
    with pytest.raises(ValueError, match="not kept"):
        fetch(f"{server}/file", tmp_path / "x", hashlib.sha256(CONTENT).hexdigest(), limit=5)


def test_refuses_plain_http(tmp_path):
    with pytest.raises(ValueError, match="not https"):
        fetch("http://example.org/file", tmp_path / "x", "0" * 64)


def test_the_cache_can_be_moved(monkeypatch, tmp_path):
    monkeypatch.setenv("RUNNER_DATA", str(tmp_path))
    assert cache() == tmp_path
