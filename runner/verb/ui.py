"""open the tracking store in a browser: MLflow's pages, for this machine only"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

from runner.check.frame import shown
from runner.folder import OUTPUTS
from runner.secret import mask_url
from runner.stream import document
from runner.verb._arguments import add_output

EXAMPLE = "runner ui --port 5001"
PORT = 5000
EXPOSED = """\
warning: whoever reaches {host}:{port} can read, change and delete every run in this store: MLflow asks for no password.
  For yourself, from another machine: ssh -N -L {port}:127.0.0.1:{port} {machine}, and leave --host out.
  For a team: MLflow behind a proxy that knows its users, with TLS."""


def main(argv: list[str]) -> int:
    """Serve the store until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="runner ui", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument("--uri", help="the store; else MLFLOW_TRACKING_URI, or outputs/mlflow.db")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at; 127.0.0.1: this machine only")
    parser.add_argument("--port", type=int, default=PORT, help="or the next one that is free; 0: any")
    parser.add_argument(
        "--name", nargs="*", default=[], help="further names of this machine under which browsers ask for it"
    )
    add_output(parser, quiet="print the address only", json="print one JSON object when it answers")
    arguments = parser.parse_args(argv)
    from runner.tracking import server, store

    uri = store.choose(arguments.uri, OUTPUTS / "any run")
    if refusal := refused(uri, arguments.port):
        print(f"error: {refusal}", file=sys.stderr)
        return 2
    if uri.partition("://")[0] in ("http", "https"):
        tell(mask_url(uri), uri, arguments, "is a server already: open it in a browser")
        return 0
    try:
        made = server.listen(arguments.host, arguments.port)
    except OSError as error:
        print(f"error: --host {arguments.host} --port {arguments.port}: {error.strerror}", file=sys.stderr)
        return 2
    port = made.getsockname()[1]
    if arguments.port and port != arguments.port:
        print(f"port {arguments.port} is taken: using {port}", file=sys.stderr)
    own = {} if arguments.host in server.EVERYWHERE else {bracketed(arguments.host): None}
    names = list(dict.fromkeys([*own, *arguments.name]))
    if arguments.host not in ("127.0.0.1", "localhost", "::1"):
        names = list(dict.fromkeys([*names, platform.node()]))
        print(EXPOSED.format(host=arguments.host, port=port, machine=platform.node()), file=sys.stderr)
    if not (arguments.json or arguments.quiet):
        print("MLflow is starting, which takes some seconds ...", file=sys.stderr)
    url = server.reached_at(made)
    try:
        server.serve(uri, made, names, lambda: tell(url, uri, arguments, "shows"))
    except store.Unreachable as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def refused(uri: str, port: int) -> str:
    """Return why a store cannot be shown; empty if it can."""
    import importlib.util

    from runner.tracking.store import sqlite_path

    path = sqlite_path(uri)
    if importlib.util.find_spec("mlflow") is None:
        return "mlflow is not installed: pip install mlflow"
    if not 0 <= port < 65_536:
        return f"--port must be 0 to 65535, got {port}"
    if path is not None and not path.is_file():
        return f"there is no {shown(path)}: go to the folder in which runs were started, or say --uri"
    if "://" not in uri:
        return f"{uri} is no store: say sqlite:///FILE, postgresql://... or http://..."
    return ""


def tell(url: str, uri: str, arguments: argparse.Namespace, verb: str) -> None:
    """Say where the pages are, and of which store."""
    path = uri.partition("sqlite:///")[2]
    store = shown(Path(path)) if path else mask_url(uri)
    if arguments.json:
        document({"url": url, "store": mask_url(uri), "pid": os.getpid()})
    elif arguments.quiet:
        print(url, flush=True)
    elif url == store:
        print(f"{url} {verb}", flush=True)
    else:
        print(f"{url} {verb} {store} (Ctrl-C ends it)", flush=True)


def bracketed(host: str) -> str:
    """Return an address as it stands in a URL."""
    return f"[{host}]" if ":" in host else host
