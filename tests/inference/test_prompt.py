import pytest

from runner.dataset.text import BYTES
from runner.inference.prompt import beginning, decode, encode

TOKENS = ("", "\ufffd", "a", "b")


def test_tokens_and_text():
    assert encode("abz", TOKENS) == ([2, 3, 1], "z")
    assert decode([2, 3, 1], TOKENS) == "ab\ufffd"
    with pytest.raises(ValueError, match="'zy', which the run has no tokens for"):
        encode("zyz", ("a", "b"))


def test_bytes():
    assert encode("é", BYTES) == ([0xC3, 0xA9], "")
    assert decode([0xC3, 0xA9, 0xC3], BYTES) == "é\ufffd"


def test_what_a_text_without_a_prompt_begins_with():
    assert (beginning(TOKENS), beginning(("\ufffd", "a", "\n"))) == (2, 2)
