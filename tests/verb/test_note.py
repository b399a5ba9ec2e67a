import json

import pytest

from runner.verb import note, runs
from tests.history import made


@pytest.fixture(autouse=True)
def _there(tmp_path, monkeypatch):
    monkeypatch.chdir(made.place(tmp_path))


def test_a_note_and_a_tag_are_found_again(capsys):
    assert note.main([made.FIRST, "warm-up", "was", "short", "--tag", "good"]) == 0
    assert note.main([made.FIRST, "--tag", "old", "-q"]) == 0
    assert note.main(["mine", "of the whole sweep"]) == 0
    capsys.readouterr()
    assert note.main([made.FIRST]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{made.FIRST} #good #old"
    assert second.endswith("  warm-up was short")
    assert runs.main(["tag=good", "note~warm"]) == 0
    assert capsys.readouterr().out.splitlines()[1].endswith('model=mlp #good #old "warm-up was short"')
    assert note.main([made.FIRST, "--untag", "old", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["run"], shown["tags"], shown["notes"][0]["text"]) == (made.FIRST, ["good"], "warm-up was short")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nope", "x"], "no run or sweep 'nope'"),
        ([made.FIRST, "--tag", "two words"], "a tag is one word"),
        ([made.FIRST, "--untag", "x"], "has no such tag"),
    ],
)
def test_mistakes_write_nothing(tmp_path, capsys, words, said):
    assert note.main(words) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.rglob("notes.jsonl"))


def test_nothing_written_yet(capsys):
    assert note.main(["latest"]) == 0
    assert capsys.readouterr().out == f"{made.THIRD}\n  no notes and no tags\n"
