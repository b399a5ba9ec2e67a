"""The power fails between any two file operations: what comes back is the old state or the new one, nothing else."""

import json

import pytest

from runner.durable import read_json, write_json, write_text
from runner.shelf import Shelf
from tests.faults.power import Recorder
from tests.support import outcome, same, trained


def test_the_recorder_sees_what_a_careless_program_loses(tmp_path):
    """Written in place, and renamed without a sync: both lose the old file, and the recorder shows how."""
    place = tmp_path / "place"
    place.mkdir()
    (place / "a").write_text("old")
    with Recorder(place) as recorder:
        (place / "a").write_text("new and longer")
    assert {b"", b"new and"} <= found(recorder, tmp_path / "in place", "a")
    (place / "b").write_text("old")
    with Recorder(place) as recorder:
        (place / "t").write_text("new")
        (place / "t").replace(place / "b")
    assert b"" in found(recorder, tmp_path / "not synced", "b")
    with Recorder(place) as recorder:
        write_text(place / "b", "newest")
    assert found(recorder, tmp_path / "as we do it", "b") == {b"new", b"newest"}


class Done:
    """What was done, for good, before which moment."""

    def __init__(self):
        self.noted = [(0, 0)]

    def note(self, recorder, number):
        self.noted.append((len(recorder.moments), number))

    def before(self, moment):
        return max(number for at, number in self.noted if at <= moment)


def found(recorder, scratch, name):
    return {(folder / name).read_bytes() for _, _, folder in recorder.states(scratch)}


@pytest.mark.parametrize("name", ["summary.json", "results.csv", "best.yaml", "config.yaml"])
def test_a_file_that_is_written_whole_is_old_or_new(tmp_path, name):
    place = tmp_path / "place"
    place.mkdir()
    old, new = {"n": 1, "text": "x" * 50}, {"n": 2}
    write_json(place / name, old)
    with Recorder(place) as recorder:
        write_json(place / name, new)
    states = [(what, read_json(folder / name)) for _, what, folder in recorder.states(tmp_path / "states")]
    assert {state["n"] for _, state in states} == {1, 2}
    assert all(state in (old, new) for _, state in states), states
    assert states[-1][1] == new, "after the last operation it is there for good"


def test_there_is_always_a_checkpoint_and_once_written_it_is_there_for_good(tmp_path):
    place = tmp_path / "run"
    place.mkdir()
    shelf, done = Shelf(place), Done()
    shelf.put("last.pt", {"n": 0, "epoch": 0})
    with Recorder(place) as recorder:
        for number in (1, 2, 3):
            shelf.put("best.pt", {"n": number})
            shelf.put("last.pt", {"n": number, "epoch": number})
            done.note(recorder, number)
    assert len(recorder.moments) > 50
    for at, what, folder in recorder.states(tmp_path / "states"):
        state = Shelf(folder).newest()
        assert state is not None, what
        assert done.before(at) <= state["n"] <= done.before(at) + 1, what


def test_the_first_checkpoint_of_a_run_counts_from_the_moment_it_is_written(tmp_path):
    place = tmp_path / "run"
    place.mkdir()
    with Recorder(place) as recorder:
        Shelf(place).put("last.pt", {"n": 0})
    states = [(at, Shelf(folder).newest()) for at, _, folder in recorder.states(tmp_path / "states")]
    assert states[0][1] is None
    assert all(state is None or state["n"] == 0 for _, state in states)
    assert all(state is not None for at, state in states if at == len(recorder.moments) - 1)


def test_a_training_whose_power_failed_goes_on_to_the_same_bits_and_the_same_rows(tmp_path, chance):
    words = ["epochs=2", "model.dropout=0.3", "callback.checkpoint.every_steps=3", "callback.record.every_steps=2"]
    trained(tmp_path / "whole", *words)
    expected = outcome(tmp_path / "whole")
    place = tmp_path / "outputs"
    place.mkdir()
    with Recorder(place) as recorder:
        trained(place / "run", *words)
    known, final = {}, set()
    for at, what, state_of in recorder.states(tmp_path / "states"):
        folder = state_of / "run"
        final |= {folder} if at == len(recorder.moments) - 1 else set()
        if folder in known:
            continue
        known[folder] = what
        rows = (folder / "metrics.jsonl").read_bytes() if (folder / "metrics.jsonl").exists() else b""
        if state := Shelf(folder).newest():
            counted = rows[: state["callbacks"]["record"]["offset"]]
            assert len(counted) == state["callbacks"]["record"]["offset"], f"{what}: rows are lost"
            assert [json.loads(line)["step"] for line in counted.splitlines()], what
    assert all(Shelf(folder).newest()["epoch"] == 2 for folder in final), "what was done is there for good"
    for folder in chance.sample(list(known), 5):
        trained(folder, *words)
        rest = outcome(folder)
        assert rest[1] == expected[1], known[folder]
        assert same(rest, expected), known[folder]


def test_the_journal_of_a_sweep_keeps_what_it_has_taken(tmp_path):
    from runner.sweep.journal import Backend, journal_storage

    place = tmp_path / "sweep"
    place.mkdir()
    record, done = {"op_code": 0, "worker_id": "w", "directions": [1]}, Done()
    with Recorder(place) as recorder:
        backend = Backend(place / "study.journal")
        for number in range(3):
            backend.append_logs([{**record, "study_name": f"study{number}"}])
            done.note(recorder, number + 1)
        with backend.together():
            backend.append_logs([{**record, "study_name": "study3"}])
        done.note(recorder, 4)
    for at, what, folder in recorder.states(tmp_path / "states"):
        names = {study.study_name for study in journal_storage(Backend(folder / "study.journal")).get_all_studies()}
        assert names == {f"study{number}" for number in range(len(names))}, what
        assert len(names) >= done.before(at), f"{what}: a record that was taken is lost"
