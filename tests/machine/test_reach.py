"""Servers that answer, refuse, or are silent: real ones, on this machine."""

import base64
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from runner.machine.reach import unreachable


@contextmanager
def server(code):
    """Serve one code to every question; yield the address and what was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("Authorization")))
            self.send_response(code)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as here:
        threading.Thread(target=here.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{here.server_port}", asked
        here.shutdown()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_a_server_is_asked_how_it_is():
    with server(200) as (address, asked):
        assert unreachable(f"http://{address}/inner/") == ""
        assert unreachable(f"http://me:a%20b@{address}") == ""
    token = base64.b64encode(b"me:a b").decode()
    assert asked == [("/inner/health", None), ("/health", f"Basic {token}")]


@pytest.mark.parametrize("code", [401, 404, 500])
def test_another_answer_is_no_good_one(code):
    with server(code) as (address, _):
        assert unreachable(f"http://{address}").startswith(f"it answers {code}")


def test_nobody_there_and_somebody_who_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri, begun = f"http://127.0.0.1:{silent.getsockname()[1]}", time.monotonic()
        assert unreachable(uri, timeout=0.3) == "no answer within 0.3 s"
        assert time.monotonic() - begun < 3
    assert "refused" in unreachable(uri)


@pytest.mark.parametrize("uri", ["http://", "http://[", "http://127.0.0.1:port", "https://127.0.0.1:0"])
def test_what_is_no_address_is_a_reason_and_no_error(uri):
    assert unreachable(uri, timeout=1.0)


def test_what_does_not_speak_http():
    with socket.create_server(("127.0.0.1", 0)) as odd:

        def answer():
            connection, _ = odd.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 mail\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        assert unreachable(f"http://127.0.0.1:{odd.getsockname()[1]}", timeout=2.0)
