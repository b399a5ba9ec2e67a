from pathlib import Path

import pytest

from runner.dataset.files import files, one_file, some


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_and_folders_in_order(here):
    for name in ("b/2.PNG", "b/deep/1.jpg", "b/.hidden.png", "b/notes.txt", "a.gif"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).touch()
    assert files(["b", "a.gif"], (".png", ".jpg")) == [Path("b/2.PNG"), Path("b/deep/1.jpg"), Path("a.gif")]
    (here / "empty").mkdir()
    with pytest.raises(ValueError) as error:
        files(["gone.png", "b", "empty"], (".png",))
    assert str(error.value) == "cannot be read: gone.png (no such file), empty (a folder without .png)"


def test_one_file_that_is_there(here):
    (here / "rows.csv").touch()
    assert one_file(["rows.csv"]) == "rows.csv"
    with pytest.raises(ValueError, match="one table at a time, got 2"):
        one_file(["rows.csv", "rows.csv"])
    with pytest.raises(ValueError, match=r"gone\.csv \(no such file\)"):
        one_file(["gone.csv"])
    assert some(list("abcdefg")) == "a, b, c, d, e and 2 more"
