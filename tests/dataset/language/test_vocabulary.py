from collections import Counter

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.dataset.language import vocabulary
from runner.dataset.language.vocabulary import UNKNOWN, characters, encode, points

TEXT = st.text(max_size=200)


@settings(deadline=None, max_examples=40)
@given(TEXT, st.integers(1, 4))
def test_characters_are_those_that_a_counter_counts(text, least):
    expected = sorted(c for c, n in Counter(text).items() if n >= least and c != UNKNOWN)
    assert list(characters(points(text), least)) == expected


@settings(deadline=None, max_examples=40)
@given(TEXT, TEXT)
def test_every_character_is_itself_or_unknown(training, other):
    tokens = ("", UNKNOWN, *characters(points(training), 1))
    ids = encode(points(other), tokens)
    assert "".join(tokens[i] for i in ids.tolist()) == "".join(c if c in training else UNKNOWN for c in other)


def test_counting_in_pieces_changes_nothing(monkeypatch):
    text = "abracadabra" * 20
    monkeypatch.setattr(vocabulary, "CHUNK", 7)
    assert characters(points(text), 40) == ("a", "b", "r")


def test_storage_grows_with_the_vocabulary():
    small, large = ((UNKNOWN, *map(chr, range(1000, 1000 + n))) for n in (255, 256))
    assert encode(points("a"), small).dtype == torch.uint8
    assert encode(points(chr(1255)), large).tolist() == [256]
