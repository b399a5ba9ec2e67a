import torch

from runner.figure.words import cells, compared, passage, shown


def test_tokens_become_a_line():
    letters = ("", "a", "b", "\n")
    assert passage(torch.tensor([1, 3, 2, 0, 0]), letters, 80) == "a¶b"
    assert passage(torch.tensor([1, 2, 1]), letters, 2) == "ab"
    assert passage(torch.tensor([0, 1]), ("the", "cat"), 80) == "the cat"


def test_every_character_keeps_its_place():
    text = "a\tb\nc\x00d\u00a0e"
    assert shown(text) == "a→b¶c·d·e"
    assert len(shown(text)) == len(text)


def test_what_differs_is_marked_even_when_the_rest_has_moved():
    assert compared("same", "same") == ["same"]
    assert compared("abcdef", "abXcdef")[2] == "  ^"
    assert compared("abcdef", "abdef")[2] == "  ^", "before this one something is missing"
    assert compared("abcdef", "abXdef")[2] == "  ^"
    assert compared("abcdef", "abcd")[2] == "", "what the window cut off is no mistake"


def test_numbers_in_columns():
    assert cells(torch.tensor([1.0, 2.34567, -1e-9]), 80) == "       1     2.35   -1e-09"
    assert cells(torch.tensor([25, 7]), 80) == "      25        7"
    assert cells(torch.arange(10.0), 31).endswith("1        2 ...")
    assert len(cells(torch.arange(100.0), 31)) <= 31


def test_a_sequence_is_the_course_of_its_first_feature(monkeypatch):
    monkeypatch.setattr("runner.figure.words.levels", lambda: "012345678")
    assert cells(torch.tensor([[0.0, 9], [1, 0], [2, 7]]), 80) == "148"
