import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runner import folder

REPO = Path(__file__).parent.parent


def run(path, name, config="a: 1\n"):
    (path / name).mkdir(parents=True)
    (path / name / "config.yaml").write_text(config)
    return path / name


def test_twenty_runs_in_the_same_instant_get_twenty_folders(tmp_path):
    with ThreadPoolExecutor(20) as pool:
        paths = list(pool.map(lambda _: folder.reserve(tmp_path / "deep" / "outputs"), range(20)))
    assert len(set(paths)) == 20
    assert all(re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{6}", path.name) for path in paths)


def test_a_name_that_is_taken_is_drawn_again(tmp_path, monkeypatch):
    monkeypatch.setattr(folder.time, "strftime", lambda *_: "now")
    names = iter(["aaaaaa", "aaaaaa", "bbbbbb"])
    monkeypatch.setattr(folder.secrets, "token_hex", lambda _: next(names))
    assert [folder.reserve(tmp_path).name for _ in range(2)] == ["now-aaaaaa", "now-bbbbbb"]


def test_find_by_path_id_beginning_and_latest(tmp_path):
    first, second = run(tmp_path, "20260101-000000-aaaaaa"), run(tmp_path, "20260102-000000-bbbbbb")
    folder.point_latest(second)
    folder.point_latest(first)
    assert folder.find(str(second), tmp_path) == second
    assert folder.find(second.name, tmp_path) == second
    assert folder.find("20260102", tmp_path) == second
    assert folder.find("latest", tmp_path) == first
    with pytest.raises(ValueError, match="begins 2 runs"):
        folder.find("2026", tmp_path)
    for nothing in ("nope", "", "../etc"):
        with pytest.raises(ValueError, match="no run"):
            folder.find(nothing, tmp_path)


def test_the_latest_of_two_places_is_the_one_begun_last(tmp_path, monkeypatch):
    """``hydra.run.dir=mine`` leaves a ``latest`` in the working directory; the next run goes to outputs/ again."""
    monkeypatch.chdir(tmp_path)
    mine, other = run(tmp_path, "mine"), run(tmp_path / "outputs", "20260101-000000-aaaaaa")
    folder.point_latest(mine)
    assert folder.find("latest") == mine
    for moment, newest in enumerate((other, mine, other), start=2 * 10**9):
        folder.point_latest(newest)
        os.utime(folder.root_of(newest) / "latest", (moment, moment), follow_symlinks=False)
        assert folder.find("latest") == newest


def sweep(path, name):
    (path / name / "trials").mkdir(parents=True)
    (path / name / "sweep.yaml").write_text("name: x\n")
    return path / name


def test_sweeps_are_found_like_runs(tmp_path):
    plain, trial = run(tmp_path, "20260101-000000-aaaaaa"), run(tmp_path, "digits/trials/0")
    digits, other = sweep(tmp_path, "digit2"), sweep(tmp_path, "wine")
    (tmp_path / "digits" / "sweep.yaml").write_text("name: x\n")
    os.utime(digits / "sweep.yaml", (1, 1))
    os.utime(other / "sweep.yaml", (3, 3))
    os.utime(tmp_path / "digits" / "sweep.yaml", (2, 2))
    folder.point_latest(trial)
    assert folder.all_sweeps(tmp_path) == [digits, tmp_path / "digits", other]
    assert folder.find_sweep("latest", tmp_path) == other, "begun last"
    assert folder.find_sweep("digits", tmp_path) == folder.find_sweep(str(tmp_path / "digits"), tmp_path)
    assert folder.find_sweep("wi", tmp_path) == folder.find_any("wi", tmp_path) == other
    assert folder.find_any("2026", tmp_path) == plain
    assert folder.find_any("latest", tmp_path) == trial
    assert folder.is_sweep(other)
    assert not folder.is_sweep(plain)
    with pytest.raises(ValueError, match="begins 2 sweeps: digit2, digits"):
        folder.find_sweep("digi", tmp_path)
    for nothing in ("", "2026", "nope"):
        with pytest.raises(ValueError, match=r"no sweep .*runner sweeps"):
            folder.find_sweep(nothing, tmp_path)
    with pytest.raises(ValueError, match="digits is a sweep: its runs are digits/trials/0"):
        folder.find("digits", tmp_path)
    assert folder.all_runs(tmp_path) == [plain, trial]


def test_no_latest_sweep(tmp_path):
    with pytest.raises(ValueError, match="no sweep 'latest'"):
        folder.find_sweep("latest", tmp_path)


def test_all_runs_lists_trials_and_counts_latest_once(tmp_path):
    first, trial = run(tmp_path, "b"), run(tmp_path, "a/trials/0")
    folder.point_latest(first)
    assert folder.all_runs(tmp_path) == sorted([first, trial])
    folder.point_latest(trial)
    assert folder.identity(trial) == "a/trials/0"
    assert folder.find("latest", tmp_path) == folder.find("a/trials/0", tmp_path) == trial


def test_one_process_at_a_time_and_death_lets_go(tmp_path):
    hold = "import sys, time; from pathlib import Path; from runner.folder import lock\n"
    hold += "with lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as other:
        assert other.stdout.readline() == "held\n"
        assert folder.is_live(tmp_path)
        with pytest.raises(folder.Busy, match=f"in use by process {other.pid}"), folder.lock(tmp_path):
            pass
        other.kill()
    assert not folder.is_live(tmp_path)
    with folder.lock(tmp_path):
        assert folder.is_live(tmp_path)


def test_a_folder_never_locked_is_not_live(tmp_path):
    assert not folder.is_live(tmp_path)
