import pytest

from runner.notes import FILE, add, check_tag, read


def test_notes_and_tags_are_kept_in_their_order_and_a_broken_line_costs_only_itself(tmp_path):
    assert read(tmp_path).texts == []
    add(tmp_path, "first", ["good", "old"])
    with open(tmp_path / FILE, "a") as file:
        file.write('{"text": "cut')
    known = add(tmp_path, "größer", ["new", "good"], ["old"])
    assert known.texts == ["first", "größer"]
    assert known.tags == ("good", "new")
    assert known.notes[0][0] <= known.notes[1][0]
    assert read(tmp_path) == known


@pytest.mark.parametrize("tag", ["", "two words", "a,b", "#x"])
def test_a_tag_is_a_word(tag):
    with pytest.raises(ValueError, match="a tag is one word"):
        check_tag(tag)
    check_tag("v1.2-rc/3")
