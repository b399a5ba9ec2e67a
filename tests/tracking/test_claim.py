from __future__ import annotations

from pathlib import Path

from runner.tracking.claim import claimed, in_turn, owner
from tests.tracking.conftest import make_sweep


def test_a_trial_is_sent_with_its_sweep(tmp_path: Path) -> None:
    sweep = make_sweep(tmp_path / "outputs" / "s")
    other = tmp_path / "outputs" / "jobs"
    assert owner(sweep / "trials" / "3") == owner(sweep) == sweep
    assert owner(other / "trials" / "3") == other / "trials" / "3"  # nobody follows what is no sweep of ours
    with claimed(sweep / "trials" / "3", wait=False) as first, claimed(sweep, wait=False) as second:
        assert (first, second) == (True, False)


def test_it_is_waited_for_as_long_as_one_likes(tmp_path: Path) -> None:
    looks: list[int] = []

    def waits() -> bool:
        looks.append(1)
        return len(looks) < 3

    with claimed(tmp_path, wait=False), in_turn(tmp_path, waits) as ours:
        assert (ours, len(looks)) == (False, 3)
    with in_turn(tmp_path, waits) as ours:
        assert (ours, len(looks)) == (True, 3)
