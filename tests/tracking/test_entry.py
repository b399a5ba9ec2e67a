from __future__ import annotations

from pathlib import Path
from typing import Any

from runner.tracking.entry import VALUE_LIMIT, Entry
from runner.tracking.points import Point
from runner.tracking.store import connect, known, matching
from tests.tracking.conftest import history


def opened(uri: str) -> tuple[Any, Entry]:
    client, experiment = connect(uri, "mine")
    return client, Entry(client, client.create_run(experiment))


def test_each_thing_arrives_once(uri: str) -> None:
    client, entry = opened(uri)
    points = [Point("a", 1.0, 1.8e9, 1), Point("a", 2.0, 1.8e9, 1), Point("a", 3.0, 1.8e9, 2)]
    assert entry.send(points) == 2
    assert entry.send(points) == 0
    assert Entry(client, client.get_run(entry.run_id)).send(points) == 0
    assert history(uri, entry.run_id) == {"a": [(1, 1.0), (2, 3.0)]}


def test_what_another_process_has_sent_can_be_asked_for(uri: str) -> None:
    client, entry = opened(uri)
    other = Entry(client, client.get_run(entry.run_id))
    other.send([Point("a", 1.0, 1.8e9, 1)])
    entry.recall({"a", "b"})
    assert entry.send([Point("a", 5.0, 1.8e9, 1), Point("b", 2.0, 1.8e9, 1)]) == 1
    assert history(uri, entry.run_id)["a"] == [(1, 1.0)]


def test_a_parameter_that_changes_becomes_a_tag(uri: str) -> None:
    client, entry = opened(uri)
    entry.set_params({f"p{i}": "x" * (VALUE_LIMIT + 5) for i in range(150)})
    again = Entry(client, client.get_run(entry.run_id))
    again.set_params({"p0": "y", "new": "1"})
    data = client.get_run(entry.run_id).data
    assert (len(data.params), data.params["p0"], data.params["new"]) == (151, "x" * VALUE_LIMIT, "1")
    assert data.tags["param.p0"] == "y"


def test_files_that_are_not_there_are_left_out(uri: str, tmp_path: Path) -> None:
    client, entry = opened(uri)
    (tmp_path / "here").write_text("1")
    entry.send_files([tmp_path / "here", tmp_path / "not"], "below")
    assert [file.path for file in client.list_artifacts(entry.run_id, "below")] == ["below/here"]


def test_a_run_is_closed_and_opened_again(uri: str) -> None:
    client, entry = opened(uri)
    entry.close("KILLED", 1_800_000_000_000)
    info = client.get_run(entry.run_id).info
    assert (info.status, info.end_time) == ("KILLED", 1_800_000_000_000)
    entry.reopen()
    assert client.get_run(entry.run_id).info.status == "RUNNING"


def test_runs_are_found_by_their_tags_and_their_folders(uri: str, tmp_path: Path) -> None:
    client, entry = opened(uri)
    entry.set_tags({"runner.id": "it's", "mlflow.parentRunId": "p"})
    [found] = client.search_runs([entry.experiment_id], matching({"runner.id": "it's", "mlflow.parentRunId": "p"}))
    assert found.info.run_id == entry.run_id
    (tmp_path / "tracking.json").write_text(f'{{"run_id": "{entry.run_id}", "uri": "{uri}"}}')
    assert known(client, tmp_path, uri).info.run_id == entry.run_id
    assert known(client, tmp_path, "http://elsewhere") is None
    client.delete_run(entry.run_id)
    assert known(client, tmp_path, uri) is None
    (tmp_path / "tracking.json").write_text(f'{{"run_id": "{"0" * 32}", "uri": "{uri}"}}')
    assert known(client, tmp_path, uri) is None
