import json

import pytest

from runner.past import changed, earlier
from tests.support import config, trained


def test_what_differs_but_for_those_who_watch():
    before = {"epochs": 3, "hardware": {"threads": None}, "callback": {"a": 1}}
    now = {"epochs": 5, "hardware": {"threads": 2}, "callback": {}}
    assert changed(before, now) == {"epochs": [3, 5], "hardware.threads": [None, 2]}


@pytest.mark.parametrize("epochs", [2, 4])
def test_a_run_that_goes_on_keeps_what_it_was(tmp_path, epochs):
    trained(tmp_path, "epochs=2")
    assert earlier(tmp_path) == []
    then = json.loads((tmp_path / "environment.json").read_text())
    trained(tmp_path, f"epochs={epochs}")
    (part,) = earlier(tmp_path)
    assert part["changed"] == ({} if epochs == 2 else {"epochs": [2, 4]})
    assert (part["code"], part["threads"]) == (then["code"], then["threads"])
    assert set(part["git"] or {}) <= {"commit"}


def test_one_without_a_checkpoint_has_no_past(tmp_path):
    trained(tmp_path, "callback=[record]")
    trained(tmp_path, "callback=[record]", "epochs=1")
    assert earlier(tmp_path) == []
    assert config().epochs == 3


def test_a_checkpoint_alone_says_nothing_of_what_was(tmp_path):
    trained(tmp_path, "epochs=1")
    for name in ("config.yaml", "environment.json"):
        (tmp_path / name).unlink()
    trained(tmp_path, "epochs=1")
    assert earlier(tmp_path) == [{"changed": {}}]
