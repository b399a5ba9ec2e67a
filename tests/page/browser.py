"""What a browser says of a page, where Chromium is installed; and a reader of HTML where it is not."""

import http.server
import shutil
import subprocess
import threading
from html.parser import HTMLParser

import pytest

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
needs_browser = pytest.mark.skipif(not BROWSER, reason="no Chromium here (Debian: apt-get install chromium)")


class Reader(HTMLParser):
    """Counts elements, and collects what they say and where they point."""

    def __init__(self):
        super().__init__()
        self.counts, self.addresses, self.texts, self.open = {}, [], [], []

    def handle_starttag(self, tag, attrs):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.addresses += [value for name, value in attrs if name in ("src", "href", "action", "data")]
        if tag not in ("meta", "link", "br", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        self.texts.append(data)


def read(text):
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    return reader


class Proxy(http.server.ThreadingHTTPServer):
    """Takes every request that the browser sends anywhere, and notes it."""

    def __init__(self):
        self.asked = asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_error(404)

            do_CONNECT = do_POST = do_HEAD = do_GET

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)


def browse(path, tmp_path):
    """Return what is on the page in the end, what the browser's console said, and what was asked of the network."""
    with Proxy() as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        words = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
            "--disable-component-update", "--disable-default-apps", "--no-first-run", "--disable-extensions",
            "--disable-domain-reliability", "--disable-client-side-phishing-detection", "--disable-dev-shm-usage",
            f"--proxy-server=http://127.0.0.1:{proxy.server_address[1]}", "--proxy-bypass-list=<-loopback>",
            f"--user-data-dir={tmp_path / 'browser'}", "--enable-logging=stderr", "--virtual-time-budget=2000",
            "--dump-dom", path.as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run([BROWSER, *words], capture_output=True, text=True, timeout=120, check=True)
        finally:
            proxy.shutdown()
            thread.join()
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, console, [address for address in proxy.asked if "google" not in address]
