import socket
import threading
import urllib.error
import urllib.request

import pytest

from runner.callback.prometheus import Endpoint, exposition, number


def get(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def test_the_text_is_prometheus_own_format():
    values = {"valid/accuracy": 0.5, "monitor/gradient_norm": 2, "step": 50, "monitor/step": 7}
    assert exposition(values, "sweep/trials/3", {"monitor/gradient_norm": "Norm"}) == (
        "# HELP runner_valid_accuracy valid/accuracy in metrics.jsonl\n"
        "# TYPE runner_valid_accuracy gauge\n"
        'runner_valid_accuracy{run="sweep/trials/3"} 0.5\n'
        "# HELP runner_gradient_norm Norm\n"
        "# TYPE runner_gradient_norm gauge\n"
        'runner_gradient_norm{run="sweep/trials/3"} 2.0\n'
        "# HELP runner_step step in metrics.jsonl\n"
        "# TYPE runner_step gauge\n"
        'runner_step{run="sweep/trials/3"} 50.0\n'
    )


def test_what_has_a_meaning_in_the_format_is_escaped():
    page = exposition({"a\\b\nc": 1}, 'x"\\\n', {})
    assert page.splitlines() == [
        "# HELP runner_a_b_c a\\\\b\\nc in metrics.jsonl",
        "# TYPE runner_a_b_c gauge",
        'runner_a_b_c{run="x\\"\\\\\\n"} 1.0',
    ]


@pytest.mark.parametrize(
    ("value", "text"), [(float("nan"), "NaN"), (float("inf"), "+Inf"), (float("-inf"), "-Inf"), (1e-9, "1e-09")]
)
def test_numbers_that_are_none(value, text):
    assert number(value) == text


def test_a_page_is_served_on_loopback_until_it_is_closed():
    pages = iter(["one\n", "two\n"])
    endpoint = Endpoint(0, lambda: next(pages))
    try:
        assert endpoint.server.server_address[0] == "127.0.0.1"
        assert get(endpoint.url) == ("text/plain; version=0.0.4; charset=utf-8", "one\n")
        assert get(endpoint.url)[1] == "two\n"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(endpoint.url.replace("metrics", "other"))
        assert endpoint.thread.daemon
    finally:
        endpoint.close()
    assert not endpoint.thread.is_alive()
    with pytest.raises(urllib.error.URLError):
        get(endpoint.url)


def test_a_port_that_is_given_back_can_be_taken_again_at_once():
    first = Endpoint(0, lambda: "first")
    port = first.server.server_port
    get(first.url)
    first.close()
    second = Endpoint(port, lambda: "second")
    assert get(second.url)[1] == "second"
    second.close()


def test_a_port_that_is_taken_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError):
        Endpoint(taken.getsockname()[1], str)


def test_a_client_that_says_nothing_holds_nobody_up(capsys):
    endpoint = Endpoint(0, lambda: "page")
    try:
        with socket.create_connection(("127.0.0.1", endpoint.server.server_port)):
            assert get(endpoint.url)[1] == "page"
            assert threading.active_count() >= 3
    finally:
        endpoint.close()
    assert capsys.readouterr().err == ""
