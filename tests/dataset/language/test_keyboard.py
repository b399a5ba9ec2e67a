import string

import pytest
import torch

from runner.dataset.language.keyboard import keys, neighbours

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("key", "near"),
    [("g", "fhtyvb"), ("q", "12wa"), ("a", "qwsz"), ("p", "0ol"), ("m", "njk"), ("G", "FHTYVB"), ("1", "2q")],
)
def test_neighbours_are_those_of_a_us_keyboard(key, near):
    assert set(neighbours(key)) >= set(near)
    assert len(neighbours(key)) <= 7


def test_being_neighbours_is_mutual_and_never_with_oneself():
    for key in string.ascii_lowercase + string.digits:
        assert neighbours(key)
        assert key not in neighbours(key)
        assert all(key in neighbours(other) for other in neighbours(key))


@pytest.mark.parametrize("character", [" ", ".", "é", "", "ab"])
def test_other_tokens_have_none(character):
    assert neighbours(character) == ""


def test_only_tokens_are_neighbours():
    tokens = ("", " ", "\n", "a", "s", "w", "p", "A")
    known = keys(tokens, CPU)
    near = [{tokens[i] for i in row[:count]} for row, count in zip(known.beside, known.count, strict=True)]
    assert near == [set(), set(), set(), {"s", "w"}, {"a", "w"}, {"a", "s"}, set(), set()]
    assert known.blank.tolist() == [False, True, True] + [False] * 5
    assert known.space.tolist() == [False, True] + [False] * 6
    assert known.words
    assert known.typed


def test_bytes_of_other_letters_are_not_blank():
    known = keys(tuple(map(chr, range(256))), CPU)
    assert known.blank.nonzero().flatten().tolist() == [9, 10, 11, 12, 13, 32]


def test_tokens_without_words_and_keys():
    known = keys(("x", "!"), CPU)
    assert not known.words
    assert not known.typed
