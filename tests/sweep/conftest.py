"""A real PostgreSQL server, started by the tests that need one and gone with them; studies that end with a test."""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import pytest

from runner.child import DIE_WITH_PARENT

PASSWORD = "s3cret:in the/url"
NOT_HERE = "no PostgreSQL server here (Debian: apt-get install postgresql)"


def binaries():
    """The folder of the newest PostgreSQL server, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    found += [Path(path) for path in [shutil.which("postgres")] if path]
    return found[-1].parent if found else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """PostgreSQL on a free port of the loopback interface, with a password, in a folder of its own."""

    def __init__(self):
        self.home = Path(tempfile.mkdtemp(prefix="pg-"))  # not under pytest's folders, which only their owner may enter
        self.port, self.process, self.number = free_port(), None, count()
        self.user = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            name = next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})
            self.user = {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}
            os.chown(self.home, pwd.getpwnam(name).pw_uid, -1)
        secret = self.home / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        words = ["--username=runner", f"--pwfile={secret}", "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8"]
        self._run("initdb", f"--pgdata={self.home / 'data'}", "--locale=C", *words)
        self.start()

    def _run(self, program, *words):
        command = [str(binaries() / program), *words]
        subprocess.run(command, cwd="/", check=True, capture_output=True, text=True, timeout=120, **self.user)

    def start(self):
        """Start it; from the main thread, for it dies with the thread that has started it."""
        library, parent = ctypes.CDLL(None), os.getpid()

        def die_with_the_tests():
            library.prctl(DIE_WITH_PARENT, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.home,
            "fsync": "off",
            "shared_buffers": "16MB",
            "max_connections": 60,
        }
        words = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        with open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen(
                [str(binaries() / "postgres"), "-D", str(self.home / "data"), *words],
                cwd="/", stdout=log, stderr=log, preexec_fn=die_with_the_tests, **self.user,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            try:
                return self.execute("SELECT 1")
            except Exception:
                assert self.process.poll() is None, (self.home / "log").read_text()
                assert time.monotonic() < deadline, (self.home / "log").read_text()
                time.sleep(0.05)

    def stop(self, how=signal.SIGINT):
        """Stop it: SIGINT drops the clients, SIGQUIT is a crash."""
        self.process.send_signal(how)
        self.process.wait(60)

    def close(self):
        self.stop(signal.SIGQUIT)  # nothing is to be kept
        shutil.rmtree(self.home, ignore_errors=True)

    def execute(self, statement):
        import psycopg

        words = {"host": "127.0.0.1", "port": self.port, "user": "runner", "password": PASSWORD, "dbname": "postgres"}
        with psycopg.connect(**words, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def url(self, database="postgres", user="runner", password=PASSWORD):
        from urllib.parse import quote

        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def fresh(self):
        """Return the address of an empty database."""
        name = f"sweep{next(self.number)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)


@pytest.fixture
def postgresql(server):
    """The server, running, whatever the test before has done to it."""
    if server.process.poll() is not None:
        server.start()
    return server


@pytest.fixture(scope="session")
def server():
    """A server; the test is skipped where there is none to run."""
    if binaries() is None:
        pytest.skip(NOT_HERE)
    pytest.importorskip("psycopg")
    server = Server()
    yield server
    server.close()
