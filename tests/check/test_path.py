"""What a configuration names on the disk is looked for where its signature says so; without torch: see test_light."""

import pytest

from runner.check.path import absent, check_paths


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures" / "cats").mkdir(parents=True)
    (tmp_path / "houses.csv").write_text("price\n1\n")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "kind", "wrong"),
    [
        ("pictures", "folder", ""),
        ("pictures/", "folder", ""),
        ("houses.csv", "file", ""),
        ("house.csv", "file", "there is no file house.csv: did you mean houses.csv?"),
        ("picture", "folder", "there is no folder picture: did you mean pictures?"),
        ("picture/cats", "folder", "there is no folder picture: did you mean pictures?"),
        ("pictures/cat/", "folder", "there is no folder pictures/cat: did you mean pictures/cats?"),
        ("/nowhere/at/all", "file", "there is no folder /nowhere"),
        ("gone/x.csv", "file", "there is no folder gone"),
        ("houses.csv", "folder", "this is a file, not a folder"),
        ("pictures", "file", "this is a folder, not a file"),
        ("pictures", "files", ""),
        ("*.csv", "files", ""),
        ("**/*.csv", "files", ""),
        ("*.txt", "files", "no such file or folder, and no pattern with matches"),
        ("x" * 5000, "folder", f"there is no folder {'x' * 5000}"),
    ],
)
def test_what_is_not_there_and_what_is_like_it(place, text, kind, wrong):
    assert absent(text, kind) == wrong


def test_of_home(place, monkeypatch):
    monkeypatch.setenv("HOME", str(place))
    assert absent("~/pictures", "folder") == ""


def told(**dataset):
    return [problem.message for problem in check_paths({"seed": 0, "dataset": dataset})]


def test_by_the_signature_of_each_part(place):
    rows = {
        "_target_": "runner.dataset.rows.rows",
        "images": {"_target_": "runner.dataset.mnist.mnist", "folder": "no"},
    }
    assert told(**rows) == ["dataset.images.folder=no: there is no folder no"]
    assert told(_target_="runner.dataset.csv.csv", path="house.csv", target="no") == [
        "dataset.path=house.csv: there is no file house.csv: did you mean houses.csv?"
    ]
    assert told(_target_="runner.dataset.mnist.mnist", folder=None) == []
    assert told(_target_="runner.dataset.csv.csv", path="???", target="price") == [], (
        "the check says that it is missing"
    )
