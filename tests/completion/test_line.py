import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.completion.line import escaped, split, typed_part


@pytest.mark.parametrize(
    ("line", "words", "current", "quote"),
    [
        ("runner ", ["runner"], "", ""),
        ("runner mod", ["runner"], "mod", ""),
        ("runner model=cnn  opti", ["runner", "model=cnn"], "opti", ""),
        ("runner 'a b' c", ["runner", "a b"], "c", ""),
        ('runner "optimizer.lr=tag(log, ', ["runner"], "optimizer.lr=tag(log, ", '"'),
        (r"runner a\ b", ["runner"], "a b", ""),
        ("runner '' ", ["runner", ""], "", ""),
        ("", [], "", ""),
        ("runner 'a=b", ["runner"], "a=b", "'"),
    ],
)
def test_a_line_as_far_as_it_is_typed(line, words, current, quote):
    assert split(line) == (words, current, quote)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), min_size=1)))
def test_complete_words_are_those_of_a_shell(words):
    assert split(f"{shlex.join(words)} ") == (words, "", "")
    assert split("".join(f"{escaped(word)} " for word in words)) == (words, "", "")


def test_bash_replaces_what_is_after_the_last_break():
    breaks = " \t\n\"'@><=;|&(:"
    assert typed_part("model=cn", breaks) == "model="
    assert typed_part("dataset@dataset.images=fa", breaks) == "dataset@dataset.images="
    assert typed_part("mod", breaks) == ""
    assert typed_part("model=cn", "") == ""
