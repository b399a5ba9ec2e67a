import logging
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from runner.sweep import outage
from runner.sweep.outage import patiently
from runner.sweep.place import Place
from runner.sweep.storage import opened
from runner.sweep.study import create_study, open_study, storage_problem
from tests.sweep.hand import at_once, create


@pytest.mark.parametrize("storage", [None, "sqlite:///x.db"], ids=["journal", "sqlite"])
def test_a_study_that_four_processes_make_at_once_is_one(tmp_path, monkeypatch, storage):
    monkeypatch.chdir(tmp_path)
    place = Place.at(tmp_path / "sweep", storage)
    at_once(create, place.plain())
    study = open_study(place)
    assert len(study.get_trials()) == 0
    assert study.user_attrs == {"name": "test"}
    import optuna

    assert len(optuna.get_all_study_summaries(opened(place.storage).storage)) == 1


def test_to_create_is_to_open_what_is_there(tmp_path):
    place = Place.at(tmp_path / "a")
    first = create_study(place, ["minimize", "maximize"], {"name": "a", "epochs": 3})
    first.enqueue_trial({"x": 1})
    again = create_study(place, ["minimize", "maximize"], {"name": "b", "words": ["c"]})
    assert again.user_attrs == {"name": "a", "epochs": 3, "words": ["c"]}
    assert len(again.trials) == 1
    message = r"wants to \['minimize', 'maximize'\], not \['maximize'\]: name another one"
    with pytest.raises(ValueError, match=message):
        create_study(place, ["maximize"], {})


def test_nothing_is_pruned_or_modelled_that_was_not_asked_for(tmp_path):
    place = Place.at(tmp_path)
    for study in (create_study(place, ["minimize"], {}), open_study(place)):
        assert type(study.pruner).__name__ == "NopPruner"
        assert type(study.sampler).__name__ == "RandomSampler"


def test_a_study_that_is_not_there_is_named_and_not_made(tmp_path):
    place = Place.at(tmp_path / "a")
    with pytest.raises(ValueError, match=r"no study a: .*study.journal is not there"):
        open_study(place)
    assert not (tmp_path / "a").exists()
    create_study(place, ["minimize"], {})
    with pytest.raises(ValueError, match=r"no study b in .*study.journal"):
        open_study(replace(place, study="b"))


def test_a_process_opens_a_storage_once_but_notices_another_file(tmp_path):
    place = Place.at(tmp_path)
    create_study(place, ["minimize"], {"name": "first"})
    assert opened(place.storage) is opened(place.storage)
    Path(place.storage).rename(tmp_path / "old")
    create_study(place, ["minimize"], {"name": "second"})
    assert open_study(place).user_attrs == {"name": "second"}


def test_optuna_says_nothing(tmp_path, capfd, recwarn):
    place = Place.at(tmp_path)
    create_study(place, ["minimize"], {}).enqueue_trial({"x": 1})
    open_study(place).tell(open_study(place).ask(), 1.0)
    assert capfd.readouterr() == ("", "")
    assert not list(recwarn)


def test_a_storage_that_can_be_used_has_no_problem(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sqlite3.connect("there.db").close()
    for text in ("sqlite:///new.db", "sqlite:///there.db", f"sqlite:///{tmp_path}/new.db", "new.journal"):
        assert storage_problem(text) is None
    assert [path.name for path in tmp_path.iterdir()] == ["there.db"], "asking writes nothing"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("postgresq://u:secret@h/d", "unknown kind postgresq: did you mean postgresql?"),
        ("mysql://u:secret@h/d", "unknown kind mysql: there is sqlite, postgresql"),
        ("postgresql+psycopg2://h/d", "unknown kind postgresql+psycopg2: did you mean postgresql?"),
        ("sqlite:///nowhere/x.db", "there is no folder nowhere"),
        ("sqlite:///.", "in memory"),
        ("sqlite://", "in memory: sqlite:///FILE"),
        ("sqlite:///:memory:", "in memory: sqlite:///FILE"),
        ("sqlite:///text", "file is not a database"),
        ("sqlite:///folder", "that is a folder"),
        ("x.db", "a path is that of a journal and ends in .journal: sqlite:///x.db is a database"),
        ("nowhere/x.journal", "there is no folder nowhere"),
        ("postgresql://u:secret@h:port/d", "not like postgresql://user:password@host:5432/name; in"),
        ("postgresql://u:se@cr/et@127.0.0.1:1/d", "%40 is a @ and %2F a /"),
        ("postgresql://u:secret@127.0.0.1:1/d", "refused"),
    ],
)
def test_a_storage_that_cannot_be_used_is_told_in_one_line_without_passwords(tmp_path, monkeypatch, text, problem):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("not a database, but long enough to be looked at as one" * 20)
    message = storage_problem(text)
    assert message.startswith("sweep.storage=")
    assert problem in message
    assert "\n" not in message
    for secret in ("secret", "se@", "cr/et"):
        assert secret not in message


def test_a_driver_that_is_missing_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    message = storage_problem("postgresql://u:secret@h/d")
    assert message == "sweep.storage=postgresql://u:***@h/d: the driver is not installed: pip install 'psycopg[binary]'"


def lost():
    from sqlalchemy.exc import OperationalError

    raise OperationalError("SELECT 1", {}, Exception("server closed the connection\nmore"))


def test_an_outage_is_waited_for_and_told_once(monkeypatch, caplog):
    pauses, tries = [], []
    monkeypatch.setattr(outage.time, "sleep", pauses.append)

    def action():
        tries.append(1)
        return lost() if len(tries) < 7 else "done"

    with caplog.at_level(logging.WARNING):
        assert patiently(action) == "done"
    assert pauses == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    assert [record.message for record in caplog.records] == [
        "the storage of the study does not answer; trying again for 600 s: server closed the connection"
    ]


def test_an_outage_that_lasts_too_long_is_an_error_and_any_other_error_is_at_once(monkeypatch):
    with pytest.raises(ConnectionError, match=r"has not answered for 0.3 s: server closed the connection$"):
        patiently(lost, 0.3)
    with pytest.raises(ZeroDivisionError):
        patiently(lambda: 1 / 0)
