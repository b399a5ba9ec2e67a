import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model.sequence import check_sequence, lengths, reverse


def test_texts_end_where_only_padding_follows():
    tokens = torch.tensor([[3, 1, 0, 0], [2, 0, 5, 0], [1, 2, 3, 4], [0, 0, 0, 0]])
    assert lengths(tokens).tolist() == [2, 3, 4, 1]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_reversing_turns_each_sequence_round_by_itself(counts):
    values = torch.randn(len(counts), 6, 2)
    turned = reverse(values, torch.tensor(counts))
    for before, after, count in zip(values, turned, counts, strict=True):
        assert torch.equal(after, torch.cat([before[:count].flip(0), before[count:]]))
    assert torch.equal(reverse(turned, torch.tensor(counts)), values)


@pytest.mark.parametrize("arguments", [((9,), 30, True), ((9,), 30, False), ((28, 28), 0, False)])
def test_tokens_and_sequences_are_taken(arguments):
    check_sequence(*arguments)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (((1, 28, 28), 0, False), "use dataset=rows"),
        (((13,), 0, False), r"got inputs of shape \(13,\)"),
        (((9, 2), 30, False), "needs tokens of shape"),
        (((9, 2), 0, True), "vocabulary of 0"),
    ],
)
def test_what_has_no_order_is_refused(arguments, reason):
    with pytest.raises(ValueError, match=reason):
        check_sequence(*arguments)
