"""A web server on this machine, for datasets that are downloaded."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest


class _Files(BaseHTTPRequestHandler):
    def do_GET(self):
        content = self.server.files.get(self.path.lstrip("/"))
        self.send_response(404 if content is None else 200)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    """Return a function that serves files, {name: bytes}, and returns the URL of their folder."""
    server = HTTPServer(("127.0.0.1", 0), _Files)
    server.files = {}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    def serve(files):
        server.files.update(files)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    server.shutdown()
    thread.join()
    server.server_close()
