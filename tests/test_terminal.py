import io

import pytest
from rich.console import Console

from runner.terminal import redraws


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "variables", "live"),
    [
        (Terminal, {}, True),
        (Terminal, {"TERM": "dumb"}, False),
        (Terminal, {"CI": "true"}, False),
        (Terminal, {"JPY_PARENT_PID": "7", "FORCE_COLOR": "1"}, False),  # !runner in a notebook
        (io.StringIO, {}, False),
        (io.StringIO, {"FORCE_COLOR": "1"}, False),  # a notebook's cell, a log with colours
    ],
)
def test_only_a_terminal_that_somebody_looks_at(monkeypatch, stream, variables, live):
    for name in ("CI", "JPY_PARENT_PID", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"TERM": "xterm"} | variables).items():
        monkeypatch.setenv(name, value)
    assert redraws(Console(file=stream())) is live
