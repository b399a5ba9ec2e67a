"""What users write for a storage, and what every process calls it."""

import pytest

from runner.sweep.storage import file_of, normal, opened, scheme, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql://u:p@h:5/d?sslmode=require", "postgresql+psycopg://u:p@h:5/d?sslmode=require"),
        ("sqlite:////x/y.db", "sqlite:////x/y.db"),
        ("/x/study.journal", "/x/study.journal"),
    ],
)
def test_every_process_names_a_storage_alike(text, expected):
    assert normal(text) == expected
    assert normal(expected) == expected


def test_what_is_relative_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert normal("study.journal") == str(tmp_path / "study.journal")
    assert normal("sqlite:///x.db") == f"sqlite:///{tmp_path / 'x.db'}"
    assert file_of(normal("sqlite:///x.db")) == tmp_path / "x.db"
    assert scheme("study.journal") == ""


@pytest.mark.parametrize(
    "text", ["postgresql://u:s3cret@h/d", "postgresql://u:s3cr@t/x@h/d", "postgresql://u@h/d?password=s3cret"]
)
def test_no_password_is_shown(text):
    assert "s3cr" not in shown(text)


@pytest.mark.parametrize("name", ["study.journal", "sqlite:///x.db"])
def test_a_storage_is_made_where_there_is_none_and_opened_once(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    first = opened(normal(name))
    assert first.storage.get_all_studies() == []
    assert opened(normal(name)) is first
    assert first.server is None
    assert (first.engine is None) == (name == "study.journal")
