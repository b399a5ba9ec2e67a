"""That the benchmark of the search's engine measures what it says; no other engine is needed."""

import sys

import pytest

from benchmarks.process import environment
from benchmarks.sweep_engine.__main__ import costs, unequal
from benchmarks.sweep_engine.engines import PARTS, Engine, hydra, ours, peers
from benchmarks.sweep_engine.measure import children, spent

BUSY = "import time\nend = time.process_time() + {cpu}\nwhile time.process_time() < end: pass\n"
TRIAL = "from benchmarks.sweep_engine.trial import done\nfor number in range({trials}): done(number, 0.3, 0.6)\n"


def script(trials, orphan=0.0):
    """A program that does trials, and leaves a process behind that works on."""
    left = (
        f"import os\nif not os.fork():\n if os.fork(): os._exit(0)\n exec({BUSY.format(cpu=orphan)!r})\n os._exit(0)\n"
    )
    return [sys.executable, "-c", (left if orphan else "") + TRIAL.format(trials=trials)]


@pytest.mark.siege
def test_what_is_left_behind_is_counted_too():
    before = children()
    found = spent(script(3, orphan=0.6), environment(elsewhere=True), "0.2 odd")
    assert found.trials == 3
    assert 0.2 <= found.span < 0.5, "only one of the three is odd"
    assert found.cpu >= 0.6
    assert children() == before, "nothing is left"


def test_a_program_that_fails_is_no_measurement():
    with pytest.raises(RuntimeError, match="boom"):
        spent([sys.executable, "-c", "raise SystemExit('boom')"], environment())


def test_a_peer_that_cannot_be_installed_has_a_row_that_says_so(tmp_path):
    folder = tmp_path / "peers"
    folder.write_text("in the way")
    assert isinstance(peers(folder), str)
    fast = Engine("fast", lambda trials: script(trials), environment(elsewhere=True))
    table = costs([fast, "absent: no network"], 1, 1, 2)
    assert [row[0] for row in table.rows] == ["fast", "absent: no network"]
    table = unequal([fast, "absent: no network"], 1, 2, 0.1)
    assert float(table.rows[0][1]) >= 0.1


def test_engines_differ_in_what_they_say_alone(tmp_path):
    mine, peer = ours(2, PARTS).command(5), hydra(tmp_path, 2, PARTS).command(5)
    assert set(PARTS) < set(mine)
    assert set(PARTS) < set(peer)
    assert "sweep.trials=5" in mine
    assert "hydra.sweeper.n_trials=5" in peer


@pytest.mark.siege
def test_our_engine_does_the_trials_that_are_measured():
    found = ours(1).run(3)
    assert found.trials == 3
    assert 0 < found.span < found.wall
