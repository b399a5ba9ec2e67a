"""A page of numbers that Prometheus reads, for this machine only.

Text exposition format 0.0.4, https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import logging
import math
import re
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

log = logging.getLogger(__name__)
HOST = "127.0.0.1"
CONTENT = "text/plain; version=0.0.4; charset=utf-8"
PATIENCE = 5.0
"""Seconds that a client may take to ask."""


def exposition(values: Mapping[str, float], run: str, explained: Mapping[str, str]) -> str:
    """Return the page: ``valid/accuracy`` becomes ``runner_valid_accuracy``, ``monitor/`` is left out.

    Args:
        values: Numbers by name; of two names that become the same one the first counts.
        run: The run's id, the label of every number.
        explained: What a number is, by name.
    """
    pages: dict[str, str] = {}
    label = run.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    for name, value in values.items():
        plain = "runner_" + re.sub(r"[^a-zA-Z0-9_]", "_", name.removeprefix("monitor/"))
        help_ = explained.get(name, f"{name} in metrics.jsonl").replace("\\", r"\\").replace("\n", r"\n")
        page = f'# HELP {plain} {help_}\n# TYPE {plain} gauge\n{plain}{{run="{label}"}} {number(value)}\n'
        pages.setdefault(plain, page)
    return "".join(pages.values())


def number(value: float) -> str:
    """Return a number as Go reads it."""
    if math.isfinite(value):
        return repr(float(value))
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"


class Server(ThreadingHTTPServer):
    """Answers each client in a thread of its own, that ends with the program."""

    daemon_threads = True
    page: Callable[[], str]

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer's own asks a name server who we are
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("a client of the monitor's page failed", exc_info=True)


class Handler(BaseHTTPRequestHandler):
    """Answers GET /metrics."""

    timeout = PATIENCE
    server: Server

    def do_GET(self) -> None:
        if self.path.partition("?")[0] not in ("/", "/metrics"):
            self.send_error(HTTPStatus.NOT_FOUND, "the page is /metrics")
            return
        body = self.server.page().encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", CONTENT)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the terminal is the run's."""


def look(port: int) -> None:
    """Raise ``OSError`` if somebody listens on a port already, or it is not ours to take."""
    with socket.socket() as there:
        there.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        there.bind((HOST, port))


class Endpoint:
    """Serves a page on the loopback interface until it is closed.

    Args:
        port: 0: any that is free.
        page: Returns the page; called in another thread.

    Raises:
        OSError: The port is taken, or not ours to take.
    """

    def __init__(self, port: int, page: Callable[[], str]) -> None:
        self.server = Server((HOST, port), Handler)
        self.server.page = page
        self.url = f"http://{HOST}:{self.server.server_port}/metrics"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Stop serving and give the port back."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
