import pytest

from runner.debug.limit import Limit
from runner.home import CONF
from tests.support import trained

PRESETS = sorted(path.stem for path in (CONF / "debug").glob("*.yaml"))


def test_is_all_unless_told_and_cannot_be_changed():
    limit = Limit(train=2)
    assert (limit.train, limit.valid, limit.test) == (2, None, None)
    with pytest.raises(AttributeError):
        limit.train = 3


SLOW = {"profile"}
"""Torch's profiler takes seconds to write its trace; it has tests of its own."""


@pytest.mark.parametrize("preset", [pytest.param(p, marks=pytest.mark.siege if p in SLOW else ()) for p in PRESETS])
def test_every_preset_trains(tmp_path, preset):
    short = [] if preset == "overfit" else ["epochs=1", "batch_size=2", "dataset=noise", "dataset.samples=64"]
    summary = trained(tmp_path, f"debug={preset}", "dataset=digits", *short)
    assert summary["status"] == ("stopped" if preset == "overfit" else "finished")
    steps = {"smoke": 1, "limit": 20, "profile": 20}
    assert summary["steps"] == steps.get(preset, summary["steps"])
    assert (tmp_path / "profile" / "trace.json").exists() == (preset == "profile")
