import string

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.dataset import typos as module
from runner.dataset.language.keyboard import neighbours
from runner.dataset.typos import Typos

TOKENS = ("", *string.ascii_lowercase, " ", "\n", ".")
NUMBER = {token: index for index, token in enumerate(TOKENS)}
WORDS = ("the quick brown fox jumps over the lazy dog. pack my box with five dozen liquor jugs.\n" * 200).strip()
SHARES = st.sampled_from([0.0, 0.05, 0.5, 1.0])


def ids(text):
    return torch.tensor([NUMBER[character] for character in text])


def text(numbers):
    return "".join(TOKENS[number] for number in numbers.tolist())


def typed(typos, string_, seed=0):
    return text(typos(ids(string_), TOKENS, seed))


def padded(*strings, length=24):
    rows = torch.zeros(len(strings), length, dtype=torch.int64)
    for row, string_ in zip(rows, strings, strict=True):
        row[: len(string_)] = ids(string_)
    return rows


def uniform(count, seed=0):
    return torch.rand(count, 2, generator=torch.Generator().manual_seed(seed))


@settings(deadline=None, max_examples=60)
@given(st.text("abc .\n", min_size=1, max_size=60), SHARES, SHARES, SHARES, SHARES, SHARES, st.integers(0, 2**62))
def test_a_text_keeps_its_length_and_its_tokens(string_, swap, insert, delete, keyboard, word_drop, seed):
    typos = Typos(swap, insert, delete, keyboard, word_drop)
    changed, again = (typed(typos, string_, seed) for _ in range(2))
    assert changed == again
    assert len(changed) == len(string_)
    near = {character for key in string_ for character in neighbours(key)}
    assert set(changed) <= set(string_) | near


def test_no_mistakes_without_a_share():
    assert typed(Typos(), WORDS) == WORDS
    assert torch.equal(Typos().rows(padded("abc d", "e"), TOKENS, uniform(2)), padded("abc d", "e"))


def test_seeds_differ():
    typos = Typos(keyboard=0.1)
    assert typed(typos, WORDS, 0) != typed(typos, WORDS, 1)


def test_swapped_characters_change_places():
    changed = typed(Typos(swap=0.1), WORDS)
    different = [i for i, (a, b) in enumerate(zip(changed, WORDS, strict=True)) if a != b]
    i = 0
    while i < len(WORDS):
        if changed[i] == WORDS[i]:
            i += 1
        else:
            assert changed[i : i + 2] == WORDS[i : i + 2][::-1]
            i += 2
    assert len(different) / 2 / len(WORDS) == pytest.approx(0.09, abs=0.01)  # 0.1 / 1.1: see swap
    assert typed(Typos(swap=1.0), "abcdef") == "badcfe"


def test_inserted_characters_come_from_the_text():
    changed = typed(Typos(insert=0.1), WORDS)
    assert is_subsequence(WORDS[: int(len(WORDS) * 0.88)], changed)
    counts = torch.bincount(ids(typed(Typos(insert=1.0), WORDS)[1::2]), minlength=len(TOKENS)) / (len(WORDS) // 2)
    expected = torch.bincount(ids(WORDS), minlength=len(TOKENS)) / len(WORDS)
    assert (counts - expected).abs().max() < 0.015


def test_deleted_characters_are_replaced_by_the_beginning():
    changed = typed(Typos(delete=0.1), WORDS)
    ends = [
        n for n in range(int(len(WORDS) * 0.88), int(len(WORDS) * 0.92)) if changed[n:] == changed[: len(WORDS) - n]
    ]
    assert ends
    assert any(is_subsequence(changed[:end], WORDS) for end in ends)


def is_subsequence(part, whole):
    letters = iter(whole)
    return all(letter in letters for letter in part)


def test_mistyped_characters_are_neighbours():
    changed = typed(Typos(keyboard=0.2), WORDS)
    wrong = [(a, b) for a, b in zip(WORDS, changed, strict=True) if a != b]
    assert all(b in neighbours(a) for a, b in wrong)
    letters = sum(character.isalpha() for character in WORDS)
    assert len(wrong) / letters == pytest.approx(0.2, abs=0.01)
    near = set(neighbours("o")) - set(string.digits)
    assert {b for a, b in wrong if a == "o"} == near  # digits are no tokens here


def test_dropped_words_go_as_a_whole():
    changed = typed(Typos(word_drop=0.3), WORDS)
    kept = changed[: int(len(WORDS) * 0.68)]
    assert set(kept.split()[:-1]) <= set(WORDS.split())
    assert "  " not in kept
    assert kept.count("\n") > 100  # only the space goes with a word
    half = [typed(Typos(word_drop=0.5), "ab cd\nef  gh", seed) for seed in range(60)]
    assert "cd\nef  ghcd\n" in half  # without "ab ", and filled up
    assert "ab ef  ghab " not in half
    assert "ab \nef  ghab" in half


def test_what_would_lose_everything_keeps_everything():
    assert typed(Typos(delete=1.0), "abc") == "abc"
    assert typed(Typos(word_drop=1.0), "abc de") == "abc de"
    assert torch.equal(Typos(delete=1.0).rows(padded("abc", ""), TOKENS, uniform(2)), padded("abc", ""))
    assert torch.equal(Typos(delete=0.5)(ids(""), TOKENS, 0), ids(""))


def test_large_texts_are_changed_in_pieces(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 1000)
    changed = typed(Typos(keyboard=0.1), WORDS)
    wrong = [i for i, (a, b) in enumerate(zip(WORDS, changed, strict=True)) if a != b]
    assert len(wrong) / len(WORDS) == pytest.approx(0.08, abs=0.01)
    assert {i % 1000 for i in wrong[:50]} != {i % 1000 for i in wrong[-50:]}
    assert len(typed(Typos(insert=0.3, delete=0.1), WORDS)) == len(WORDS)


def test_bytes_are_tokens_too():
    tokens = tuple(map(chr, range(256)))
    content = torch.tensor(list("ein Käse und ein Kürbis".encode()))
    changed = Typos(keyboard=0.5, word_drop=0.3)(content, tokens, 1)
    assert len(changed) == len(content)
    assert changed.min() >= 32


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.text("abc .", max_size=20), min_size=1, max_size=6), SHARES, SHARES, SHARES, SHARES, SHARES,
    st.integers(0, 99),
)  # fmt: skip
def test_rows_keep_their_padding_at_the_end(strings, swap, insert, delete, keyboard, word_drop, seed):
    rows = padded(*strings)
    changed = Typos(swap, insert, delete, keyboard, word_drop).rows(rows, TOKENS, uniform(len(rows), seed))
    assert changed.shape == rows.shape
    lengths = (changed != 0).sum(1)
    assert torch.equal(changed != 0, torch.arange(24) < lengths[:, None])
    assert torch.equal(lengths > 0, (rows != 0).any(1))
    assert int(changed.max()) < len(TOKENS)


def test_a_row_does_not_see_its_neighbours():
    typos, rows = Typos(0.1, 0.1, 0.1, 0.1, 0.1), padded("the quick brown fox", "jumps over", "the lazy dog")
    u = uniform(3)
    assert torch.equal(typos.rows(rows, TOKENS, u)[1:], typos.rows(rows[1:], TOKENS, u[1:]))


def test_rows_never_ask_the_device():
    rows = padded("the quick brown fox", "jumps over").to("meta")
    assert Typos(0.1, 0.1, 0.1, 0.1, 0.1).rows(rows, TOKENS, uniform(2).to("meta")).shape == (2, 24)


@pytest.mark.parametrize("key", ["word_drop", "keyboard"])
def test_tokens_that_cannot_have_the_mistake_are_refused(key):
    with pytest.raises(ValueError, match=f"{key}=0.5 needs"):
        Typos(**{key: 0.5})(torch.tensor([0, 1]), ("x", "!"), 0)
