"""The run of a sweep, which several machines may have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runner.durable import read_json
from runner.tracking import store
from runner.tracking.outcome import Trial
from runner.tracking.parent import Parent, begun
from runner.tracking.plan import read_plan
from tests.tracking.conftest import BEGUN, make_sweep


@pytest.fixture
def parent(tmp_path: Path, uri: str) -> Parent:
    made = Parent(make_sweep(tmp_path / "outputs" / "s"), store.Connection(uri, "mine"))
    made.open(live=True)
    return made


def child(parent: Parent, number: int) -> str:
    assert parent.entry is not None
    tags = {"mlflow.parentRunId": parent.run_id, "runner.trial": str(number)}
    return str(parent.entry.client.create_run(parent.entry.experiment_id, tags=tags).info.run_id)


def marks(parent: Parent, *run_ids: str) -> list[str | None]:
    assert parent.entry is not None
    return [parent.entry.client.get_run(run_id).data.tags.get("runner.best") for run_id in run_ids]


def test_it_is_found_again(parent: Parent) -> None:
    again = Parent(parent.folder, parent.connection)
    again.open(live=False)
    assert (again.run_id, again.new, parent.new) == (parent.run_id, False, True)
    known = read_json(parent.folder / "tracking.json")
    (parent.folder / "tracking.json").write_text(f'{{"key": "{known["key"]}"}}')  # killed before it was noted
    again.open(live=False)
    assert (again.run_id, again.new) == (parent.run_id, True)
    assert read_json(parent.folder / "tracking.json")["key"] == known["key"]


def test_one_is_the_best(parent: Parent) -> None:
    plan, runs = read_plan(parent.folder), [child(parent, number) for number in range(3)]
    for number, value in enumerate([0.5, 0.7]):
        parent.mark(runs[number], Trial(number, "complete", value, BEGUN), plan, known=range(3))
    assert marks(parent, *runs) == [None, "true", None]
    parent.mark(runs[2], Trial(2, "complete", 0.6, BEGUN), plan, known=range(3))  # confirmed, say, and 1 was not
    assert marks(parent, *runs) == [None, None, "true"]


def test_the_best_of_another_machine_stays_if_it_is_better(parent: Parent) -> None:
    plan, runs = read_plan(parent.folder), [child(parent, number) for number in range(3)]
    parent.mark(runs[0], Trial(0, "complete", 0.7, BEGUN), plan, known={0})
    parent.mark(runs[1], Trial(1, "complete", 0.5, BEGUN), plan, known={1})
    assert marks(parent, *runs) == ["true", None, None]
    assert parent.entry is not None
    parent.entry.client.set_tag(runs[1], "runner.best", "true")  # both at once
    parent.entry.client.set_tag(runs[1], "runner.best_value", "0.5")
    parent.mark(runs[1], Trial(1, "complete", 0.5, BEGUN), plan, known={1})
    assert marks(parent, *runs) == ["true", None, None]
    parent.mark(runs[2], Trial(2, "complete", 0.8, BEGUN), plan, known={2})
    assert marks(parent, *runs) == [None, None, "true"]
    tags: dict[str, Any] = parent.entry.client.get_run(parent.run_id).data.tags
    assert [tags[f"runner.best_{key}"] for key in ("run", "trial", "value")] == [runs[2], "2", "0.8"]


def test_a_mark_may_be_half_gone_already(parent: Parent) -> None:
    plan, runs = read_plan(parent.folder), [child(parent, number) for number in range(2)]
    assert parent.entry is not None
    parent.entry.client.set_tag(runs[0], "runner.best", "true")  # another machine takes them away, one by one
    parent.mark(runs[1], Trial(1, "complete", 0.5, BEGUN), plan, known={1})
    assert marks(parent, *runs) == [None, "true"]


def test_it_began_with_its_first_file(parent: Parent) -> None:
    written = int((parent.folder / "sweep.yaml").stat().st_mtime * 1000)
    assert begun(parent.folder) == written
    assert parent.entry is not None
    assert parent.entry.client.get_run(parent.run_id).info.start_time == written


@pytest.mark.parametrize(
    ("status", "terminal"),
    [
        ("finished", "FINISHED"),
        ("stopped", "FINISHED"),
        ("failed", "FAILED"),
        ("interrupted", "KILLED"),
        ("", "KILLED"),
    ],
)
def test_the_end_of_a_sweep_is_the_end_in_the_store(parent: Parent, status: str, terminal: str) -> None:
    assert parent.entry is not None
    parent.close(status)
    assert parent.entry.client.get_run(parent.run_id).info.status == terminal
