"""Where a server listens, and to whom it answers; it is run in tests/verb/test_ui.py."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from runner.tracking.server import guard, listen, reached_at


def test_the_next_port_is_taken_if_one_is_taken() -> None:
    with closing(listen("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with closing(listen("127.0.0.1", port)) as second:
            assert port < second.getsockname()[1] < port + 100
            assert reached_at(second) == f"http://127.0.0.1:{second.getsockname()[1]}"


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(OSError, match="assign"):
        listen("203.0.113.1", 0)


@pytest.mark.parametrize(("host", "url"), [("0.0.0.0", "http://127.0.0.1"), ("::", "http://[::1]")])
def test_what_listens_everywhere_is_reached_at_home(host: str, url: str) -> None:
    if host == "::" and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with closing(listen(host, 0)) as made:
        assert reached_at(made) == f"{url}:{made.getsockname()[1]}"


def test_only_its_own_names_are_answered_and_nothing_is_executed() -> None:
    found = guard(5001, ["our.host"])
    hosts = found["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")
    assert {"our.host", "our.host:5001", "127.0.0.1:5001", "localhost", "[::1]:5001"} <= set(hosts)
    assert not any("*" in host for host in hosts)
    assert "http://our.host:5001" in found["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"].split(",")
    assert found["MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE"] == "false"
    assert found["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
