import json
from pathlib import Path

from runner.sweep.place import Place
from runner.sweep.storage import normal


def test_a_place_is_absolute_and_travels_as_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = Place.at(Path("outputs/a"))
    assert place.storage == str(tmp_path / "outputs/a/study.journal")
    assert place.study == "a"
    assert Place.read(json.loads(json.dumps(place.plain()))) == place
    assert Place.at(Path("a"), "sqlite:///x.db", "b").storage == f"sqlite:///{tmp_path}/x.db"
    assert Place.at(Path("a"), "sqlite:////x.db?timeout=1", "b").storage == "sqlite:////x.db"
    assert Place.at(Path("a"), "x.journal").storage == str(tmp_path / "x.journal")
    for word in ("postgresql", "postgres", "postgresql+psycopg"):
        assert normal(f"{word}://u@h/d") == "postgresql+psycopg://u@h/d"
    assert "secret" not in repr(Place.at(Path("a"), "postgresql://u:secret@h/d"))
