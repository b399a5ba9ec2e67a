"""One process of an all-reduce: what it prints, and how it ends without the others."""

import json
import os
import sys

import pytest

from runner.machine.partner import main
from runner.machine.together import Failed, python, together


def partner(folder, rank, world, limit):
    words = {"parent": os.getpid(), "store": folder / "store", "rank": rank, "world": world, "backend": "gloo"}
    words |= {"limit": limit, "seconds": 0.0}
    flags = [text for name, value in words.items() for text in (f"--{name}", str(value))]
    return python("runner.machine.partner", *flags, "--sizes", "400")


@pytest.mark.slow
def test_without_the_other_it_gives_up_in_one_line(tmp_path):
    asleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    with pytest.raises(Failed, match=r"process 0: .*(imed? ?out|imeout)"):
        together([partner(tmp_path, 0, 2, 1.0), asleep], limit=60)


def test_it_prints_the_seconds_of_each_size(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(
        "runner.machine.partner.die_with", lambda parent: None
    )  # pytest's parent is none of its business
    assert main(partner(tmp_path, 0, 1, 20)[4:]) == 0
    (seconds,) = json.loads(capsys.readouterr().out).values()
    assert seconds > 0
