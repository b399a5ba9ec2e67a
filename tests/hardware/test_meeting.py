from runner.hardware.meeting import join
from runner.hardware.place import Place


def test_who_is_alone_meets_nobody():
    assert join(1.0) == Place()


def test_the_first_word_is_the_main_process_s(pair):
    """Also when it is an error: each raises one, the main process its own."""
    assert [found["first"] for found in pair] == ["by 0", "by 0"]
    assert pair[0]["error"].startswith("ValueError: invalid literal")
    assert pair[1]["error"].startswith("Elsewhere: ValueError: invalid literal")
