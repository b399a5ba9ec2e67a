"""MLflow's server and web interface over a store, in this very process.

There is no other process that could be left behind, and a store's password is in no command line.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import threading
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

from runner.tracking import store

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
EVERYWHERE = ("0.0.0.0", "::")
FURTHER = 100
"""How many ports are tried after one that is taken."""
CLOSING = 3
"""Seconds that open requests have to end."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to a port, or to the first free one after it; 0: to any.

    Raises:
        OSError: None of them is free, or there is no such host here.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for number in range(port, min(port + FURTHER, 65_536)):
        made = socket.socket(family)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((host, number))
            made.listen()
            return made
        except OSError as error:
            made.close()
            if error.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, f"no port from {port} to {port + FURTHER - 1} is free on {host}")


def guard(port: int, names: Iterable[str]) -> dict[str, str]:
    """Return the variables that let MLflow answer only who asks for one of its own names, and only to its own pages.

    Left to itself it answers whoever asks for any private address, which is enough for a page on the web to reach it
    through the user's browser (DNS rebinding).

    Args:
        port: Of the server.
        names: Of the machine, besides those of the loopback interface.
    """
    all_names = dict.fromkeys([*LOOPBACK, *names])
    return {
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(text for name in all_names for text in (name, f"{name}:{port}")),
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": ",".join(f"http://{name}:{port}" for name in all_names),
        "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE": "false",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # no code of anybody's is run
        "MLFLOW_ENABLE_REMOTE_ASSISTANT": "false",
    }


def serve(uri: str, made: socket.socket, names: Iterable[str], answers: Callable[[], object]) -> None:
    """Serve a store until a signal comes.

    Args:
        uri: The store, which is no server itself.
        made: Where to listen: see ``listen``.
        names: By which browsers may ask for this machine, besides those of the loopback interface.
        answers: Is called, in another thread, when the first request was answered.

    Raises:
        Unreachable: The store cannot be opened.
    """
    port = made.getsockname()[1]
    os.environ.update(guard(port, names))
    store.prepare()
    import mlflow.server.constants as names_of
    import uvicorn

    path = store.sqlite_path(uri)
    files = (path.parent if path else Path.cwd()) / "mlartifacts"
    os.environ.update(
        {
            names_of.BACKEND_STORE_URI_ENV_VAR: uri,
            names_of.REGISTRY_STORE_URI_ENV_VAR: uri,
            names_of.ARTIFACT_ROOT_ENV_VAR: "mlflow-artifacts:/",
            names_of.ARTIFACTS_DESTINATION_ENV_VAR: str(files),
            names_of.SERVE_ARTIFACTS_ENV_VAR: "true",
        }
    )
    with store.reaching(uri), store.locked(path) if path else contextlib.nullcontext():
        from mlflow.server.handlers import initialize_backend_stores

        if path:
            store.listen()
        initialize_backend_stores(uri, uri, "mlflow-artifacts:/")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about libraries of its own
        from mlflow.server.fastapi_app import app

    logging.getLogger("mlflow").setLevel(logging.ERROR)  # importing it has set its own level
    config = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=CLOSING)
    address = reached_at(made)
    threading.Thread(target=_wait_for, args=(address, answers), daemon=True).start()
    uvicorn.Server(config).run(sockets=[made])


def reached_at(made: socket.socket) -> str:
    """Return the address under which this machine itself reaches a socket."""
    host, port = made.getsockname()[:2]
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{own}]:{port}" if ":" in own else f"http://{own}:{port}"


def _wait_for(address: str, answers: Callable[[], object]) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            direct.open(f"{address}/health", timeout=60).close()
        except OSError:
            time.sleep(0.05)
        else:
            answers()
            return
