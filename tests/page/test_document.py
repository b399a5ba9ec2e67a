from runner.page.document import document, folded, line, section, sortable, text, write_document
from tests.page.browser import read

EVIL = "</script><script>alert(1)</script>"


def test_what_users_wrote_is_text():
    table = sortable([EVIL], [line([text(EVIL)], "first")])
    page = document(EVIL, [EVIL, ""], [section(EVIL, EVIL, table), folded(EVIL, EVIL), ""])
    reader = read(page)
    assert reader.counts["script"] == 1
    assert "".join(reader.texts).count(EVIL) == 9
    assert '<tr class="first"><td data-v="&lt;/script&gt;' in page


def test_nothing_inside_is_no_section():
    assert section("a", "b", "") == ""
    assert line([text("x")]) == '<tr><td data-v="x">x</td></tr>'


def test_a_page_is_written_whole_into_a_folder_that_is_made(tmp_path):
    path = write_document(tmp_path / "deep" / "x.html", "a\udcffb")
    assert path.read_text("utf-8") == "a?b", "a name that is no UTF-8 costs a character, not the page"
