from pydoc_data.topics import topics

import pytest

from runner.dataset.language.corpus import decoded, read_bytes, read_text, stamps


@pytest.fixture
def books(tmp_path):
    (tmp_path / "b.txt").write_text("second", encoding="utf-8")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "z.txt").write_text("first ü", encoding="utf-8")
    (tmp_path / ".hidden").write_bytes(b"\xff")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.txt").write_bytes(b"\xff")
    return tmp_path


@pytest.mark.parametrize("path", ["", "**/*.txt"])
def test_a_folder_and_a_pattern_are_read_in_the_order_of_names(books, path):
    assert read_text(f"{books}/{path}")[0] == "first ü\nsecond"
    assert read_bytes(f"{books}/{path}")[0] == "first ü\nsecond".encode()


def test_one_file_is_itself(books):
    assert read_text(str(books / "b.txt")) == ("second", str(books / "b.txt"))


def test_a_changed_file_is_read_again(books):
    path = books / "b.txt"
    before, stamp = read_text(str(path))[0], stamps(str(path))
    assert read_text(str(path))[0] is before  # the second time it comes from memory
    path.write_text("other text", encoding="utf-8")
    assert read_text(str(path))[0] == "other text"
    assert stamps(str(path)) != stamp


def test_python_brings_its_own():
    text, source = read_text(None)
    assert text == "\n".join(topics[name] for name in sorted(topics))
    assert read_bytes(None)[0].decode() == text
    assert source.startswith("pydoc_data.topics of Python 3")


def test_what_is_not_utf_8_is_named_with_its_byte(books):
    (books / "bad.txt").write_bytes("grün".encode("latin-1"))
    with pytest.raises(ValueError, match=r"bad\.txt is not UTF-8 text: byte 2 is 0xfc.*level=byte"):
        read_text(str(books))
    assert read_bytes(str(books / "bad.txt"))[0] == b"gr\xfcn"


def test_a_byte_order_mark_is_no_character():
    assert decoded(b"\xef\xbb\xbfa", "x") == "a"


def test_nothing_there(tmp_path):
    with pytest.raises(ValueError, match=r"dataset\.path=.*none\.txt: no such file"):
        read_text(str(tmp_path / "none.txt"))
    with pytest.raises(ValueError, match="no files in this folder"):
        read_text(str(tmp_path))
