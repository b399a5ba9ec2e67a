from runner.sweep.pruner.none import none
from tests.sweep.pruner.curves import flat, lives


def test_every_trial_runs_to_its_end():
    assert lives(none(), flat(0.9, 0.1, -1e9, 0.0)) == [27] * 4
