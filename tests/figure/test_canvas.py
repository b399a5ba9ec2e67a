import sys

import pytest

from runner.figure.canvas import file_name, paper, save


def test_a_png_in_a_folder_that_is_made_and_no_pyplot(tmp_path):
    before = "matplotlib.pyplot" in sys.modules
    figure = paper(2, 1)
    figure.add_subplot().plot([0, 1])
    save(figure, tmp_path / "deep" / "a.png")
    content = (tmp_path / "deep" / "a.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["a.png"]
    assert int.from_bytes(content[16:20], "big") == 240, "2 inches of 120 dots"
    assert ("matplotlib.pyplot" in sys.modules) == before


@pytest.mark.parametrize(
    ("words", "name"),
    [(["CNN"], "cnn"), (["rows of digits", "a/b"], "rows-of-digits-a-b"), (["../x"], "x"), ([""], "picture")],
)
def test_names_of_files(words, name):
    assert file_name(*words) == name
