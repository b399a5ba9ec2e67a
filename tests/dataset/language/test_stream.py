import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy

from runner.dataset.data import Split
from runner.dataset.language.stream import NO_TOKEN, Streams

CPU = torch.device("cpu")
SHAPES = {"count": st.integers(2, 300), "size": st.integers(1, 9), "bptt": st.integers(1, 20)}


def make(count=100, size=4, **keys):
    ids = torch.arange(count, dtype=torch.int32)  # a token says where it stood
    return Streams(Split(ids, ids), size, device=CPU, **keys)


def pairs(batches):
    return [pair for x, y in batches for pair in zip(x.flatten().tolist(), y.flatten().tolist(), strict=True)]


@settings(deadline=None, max_examples=60)
@given(jitter=st.integers(0, 9), epoch=st.integers(0, 3), seed=st.integers(0, 2**40), **SHAPES)
def test_training_predicts_each_token_once_but_for_a_tail(count, size, bptt, jitter, epoch, seed):
    assume(count > size and 2 * jitter < bptt)
    batches = make(count, size, bptt=bptt, jitter=jitter, seed=seed, shuffle=True)
    windows = list(batches(epoch))
    seen = pairs(windows)
    assert all(target == token + 1 for token, target in seen)
    assert sorted(token for token, _ in seen) == list(range(batches.samples))
    assert 0 <= count - 1 - batches.samples < size
    assert len(windows) == len(batches) == -(-batches.samples // size // bptt)
    assert all(x.shape == y.shape and x.shape[1] >= 1 and x.dtype == y.dtype == torch.int64 for x, y in windows)
    rows = torch.cat([x for x, _ in windows], dim=1)
    assert torch.equal(rows.diff(dim=1), torch.ones_like(rows[:, 1:]))  # each row goes on where it ended


@settings(deadline=None, max_examples=60)
@given(**SHAPES)
def test_evaluation_predicts_each_token_once(count, size, bptt):
    batches = make(count, size, bptt=bptt)
    seen = [(token, target) for token, target in pairs(batches()) if target != NO_TOKEN]
    assert all(target == token + 1 for token, target in seen)
    assert sorted(token for token, _ in seen) == list(range(count - 1))
    assert batches.samples == count - 1
    assert all(token == 0 for token, target in pairs(batches()) if target == NO_TOKEN)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 30), st.integers(0, 4), st.integers(0, 3))
def test_starting_anywhere_gives_the_same_windows(start, epoch, jitter):
    batches = make(200, 3, bptt=8, jitter=jitter, shuffle=True, typos=lambda ids, tokens, seed: ids + seed % 7)
    rest, resumed = list(batches(epoch))[start:], list(batches(epoch, start))
    assert len(rest) == len(resumed)
    for (x, y), (again, targets) in zip(rest, resumed, strict=True):
        assert torch.equal(x, again)
        assert torch.equal(y, targets)


def test_jitter_moves_borders_and_keeps_their_number():
    batches = make(401, 4, bptt=10, jitter=4, shuffle=True)
    lengths = [[x.shape[1] for x, _ in batches(epoch)] for epoch in range(50)]
    assert {len(one) for one in lengths} == {10}
    assert {sum(one) for one in lengths} == {100}
    assert min(map(min, lengths)) >= 2
    assert len({tuple(one) for one in lengths}) == 50
    starts = torch.tensor(lengths).cumsum(1)[:, :-1] - 10 * torch.arange(1, 10)
    assert sorted(starts.unique().tolist()) == list(range(-4, 5))
    still = make(401, 4, bptt=10, jitter=4)
    assert [x.shape[1] for x, _ in still()] == [10] * 10  # evaluation does not move


def test_typos_are_in_training_streams_alone_and_anew_in_each_epoch():
    asked = []

    def typos(ids, tokens, seed):
        asked.append((ids.tolist(), tokens, seed))
        return ids.flip(0)

    batches = make(9, 2, bptt=4, shuffle=True, typos=typos, tokens=("a", "b"))
    [(x, y)] = list(batches(0))
    assert (x.tolist(), y.tolist()) == ([[8, 7, 6, 5], [4, 3, 2, 1]], [[7, 6, 5, 4], [3, 2, 1, 0]])
    list(batches(1)), list(batches(1))
    assert asked[0][:2] == (list(range(9)), ("a", "b"))
    seeds = [seed for _, _, seed in asked]
    assert seeds[0] != seeds[1] == seeds[2]
    list(make(9, 2, typos=typos)())
    assert len(asked) == 3


def test_the_loss_of_an_evaluation_is_that_of_the_text_in_one_piece():
    torch.manual_seed(0)
    ids = torch.randint(0, 5, (50,))
    bigram = nn.Embedding(5, 5)
    expected = cross_entropy(bigram(ids[:-1]), ids[1:], reduction="sum")
    batches = Streams(Split(ids, ids), 7, device=CPU, bptt=3)
    found = sum(cross_entropy(bigram(x).flatten(0, 1), y.flatten(), reduction="sum") for x, y in batches())
    torch.testing.assert_close(found, expected)


def test_limit_and_nothing():
    assert len(make(100, 4, bptt=5, limit=2)) == len(list(make(100, 4, bptt=5, limit=2)())) == 2
    for count in (0, 1):
        assert len(make(count)) == make(count).samples == len(list(make(count)())) == 0


def test_a_text_too_short_for_its_streams_says_what_would_do():
    with pytest.raises(ValueError, match=r"batch_size=8: the training text has 8 tokens.*batch_size=3 would do"):
        make(8, 8, shuffle=True)


@pytest.mark.parametrize(("bptt", "jitter"), [(1, 1), (8, 4)])
def test_borders_that_could_cross_are_refused(bptt, jitter):
    with pytest.raises(ValueError, match=rf"jitter={jitter} is too wide.*at most {jitter - 1}"):
        make(bptt=bptt, jitter=jitter)
