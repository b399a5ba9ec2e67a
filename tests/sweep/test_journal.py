import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runner.sweep import journal
from runner.sweep.journal import Backend, journal_storage, repair
from runner.sweep.place import Place
from runner.sweep.study import create_study, open_study
from tests.sweep.hand import CONTEXT, kill, start

RECORD = {"op_code": 2, "worker_id": "w", "study_id": 0, "user_attr": {"a": 1}}
WHOLE = (json.dumps(RECORD) + "\n").encode()
TORN = {
    "half a record": WHOLE[:-9],
    "a record without its newline": WHOLE[:-1],
    "zeros": bytes(5000),
    "zeros and a newline": bytes(5000) + b"\n",
    "a line that is no record": b"12\n",
    "a glued line": WHOLE[:-9] + WHOLE,
    "several": b"x\n\n[]\n" + WHOLE[:3],
    "more than one block": b"x" * (3 * journal.BLOCK),
}


@pytest.mark.parametrize("tail", TORN.values(), ids=TORN.keys())
@pytest.mark.parametrize("head", [b"", WHOLE, WHOLE * 3000], ids=["nothing", "one record", "more than one block"])
def test_what_is_no_whole_record_at_the_end_is_cut_off(tmp_path, head, tail):
    path = tmp_path / "journal"
    path.write_bytes(head + tail)
    assert repair(path) == len(tail)
    assert path.read_bytes() == head
    assert repair(path) == 0


def test_a_study_opens_after_a_torn_write_and_has_all_that_was_written_before(tmp_path):
    place = Place.at(tmp_path)
    create_study(place, ["minimize"], {"name": "x"})
    with open(place.storage, "ab") as file:
        file.write(WHOLE[:-9])
    code = "from runner.sweep.study import *; import sys, json; p = Place.read(json.loads(sys.argv[1]));"
    code += "print(open_study(p).user_attrs)"
    shown = subprocess.run(
        [sys.executable, "-c", code, json.dumps(place.plain())], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert shown.strip() == "{'name': 'x'}"


def test_a_living_process_writes_behind_a_torn_tail_and_others_read_it(tmp_path):
    place = Place.at(tmp_path)
    study = create_study(place, ["minimize"], {})
    study.set_user_attr("before", 1)
    with open(place.storage, "ab") as file:
        file.write(WHOLE[:-9])
    assert open_study(place).user_attrs == {"before": 1}, "a torn tail is not read"
    study.set_user_attr("after", 2)
    other = journal_storage(Backend(Path(place.storage)))
    assert other.get_study_user_attrs(0) == study.user_attrs == {"before": 1, "after": 2}


def test_damage_before_the_last_line_is_named(tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(WHOLE + b"nonsense\n" + WHOLE)
    with pytest.raises(ValueError, match=r"journal is damaged: line 2 is not a record"):
        journal_storage(Backend(path))
    assert path.read_bytes() == WHOLE + b"nonsense\n" + WHOLE


def append_to_a_full_disk(path):
    backend = Backend(path)
    backend.append_logs([RECORD])
    size = os.path.getsize(path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, size + 20))
    try:
        backend.append_logs([RECORD])
    except OSError:
        os._exit(7)


def test_a_full_disk_leaves_no_part_of_a_record(tmp_path):
    process = start(append_to_a_full_disk, tmp_path / "journal")
    process.join(30)
    assert process.exitcode == 7
    assert [json.loads(line) for line in (tmp_path / "journal").read_text().splitlines()] == [RECORD]


def hold_journal(path, ready):
    from runner import flock

    with flock.held(path):
        ready.set()
        time.sleep(60)


def test_nobody_waits_for_a_writer_that_was_killed(tmp_path):
    path = tmp_path / "journal"
    backend = Backend(path)
    ready = CONTEXT.Event()
    process = start(hold_journal, path, ready)
    assert ready.wait(30)
    kill(process)
    begin = time.monotonic()
    backend.append_logs([RECORD])
    assert time.monotonic() - begin < 1
    assert list(backend.read_logs(0)) == [RECORD]


def test_records_that_are_written_together_are_made_durable_once(tmp_path, monkeypatch):
    backend, synced = Backend(tmp_path / "journal"), []
    backend.append_logs([RECORD])  # which also makes the file's name durable
    monkeypatch.setattr(journal.os, "fsync", lambda number: synced.append(os.fstat(number).st_size))
    for _ in range(3):
        backend.append_logs([RECORD])
    assert len(synced) == 3
    with backend.together():
        for _ in range(3):
            backend.append_logs([RECORD])
        assert len(synced) == 3
        assert len(list(backend.read_logs(0))) == 7, "others see them at once"
    assert synced[3:] == [os.path.getsize(tmp_path / "journal")]
