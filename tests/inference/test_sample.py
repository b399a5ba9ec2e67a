"""Drawing from a language model: against chains and frequencies that are worked out another way."""

import pytest
import torch
from torch import nn

from runner.inference.sample import draw, remembered, sample
from runner.model.recurrent import Recurrent
from runner.model.transformer import Transformer

TOKENS = 11


def recurrent(cell="gru"):
    torch.manual_seed(0)
    return Recurrent((8,), TOKENS, vocabulary=TOKENS, next_token=True, cell=cell, width=16, layers=2).eval()


def transformer():
    torch.manual_seed(0)
    return Transformer((8,), TOKENS, vocabulary=TOKENS, next_token=True, width=16, layers=2, heads=2, context=8).eval()


@torch.no_grad()
def chain(model, ids, length, context=None):
    """The best token, again and again, each time by reading everything anew."""
    text = list(ids)
    for _ in range(length):
        if hasattr(model, "forget"):
            model.forget()
        text.append(int(model(torch.tensor([text if context is None else text[-context:]]))[0, -1].argmax()))
    return text[len(ids) :]


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("options", [{"temperature": 0.0}, {"top_k": 1}, {"temperature": 1e-9}])
def test_the_best_is_the_chain_of_the_best_with_the_state_carried(cell, options):
    model = recurrent(cell)
    expected = chain(model, [1, 2, 3], 30)
    assert sample(model, [1, 2, 3], 30, **options) == expected
    assert len(set(expected)) > 1


def test_a_model_without_a_state_is_shown_its_context():
    model = transformer()
    assert sample(model, [1, 2, 3], 30, temperature=0, context=8) == chain(model, [1, 2, 3], 30, context=8)


@torch.no_grad()
def test_a_carried_state_gives_the_same_scores_as_reading_everything():
    model = recurrent("lstm")
    ids = torch.randint(TOKENS, (1, 20))
    model.forget()
    whole = model(ids)
    model.forget()
    steps = torch.cat([model(ids[:, i : i + 1]) for i in range(20)], dim=1)
    torch.testing.assert_close(steps, whole)


def test_what_was_carried_before_is_forgotten_and_dropout_is_off():
    model = recurrent()
    model.drop.p = 0.5
    first = sample(model.train(), [1], 20, generator=torch.Generator().manual_seed(3))
    assert sample(model.train(), [1], 20, generator=torch.Generator().manual_seed(3)) == first
    assert sample(model, [1], 20, generator=torch.Generator().manual_seed(4)) != first
    assert not model.training


class Counter(nn.Module):
    """Says that the token after k is k + 1, and notes what it is shown."""

    def __init__(self):
        super().__init__()
        self.shown = []

    def forward(self, ids):
        self.shown.append(ids[0].tolist())
        return torch.nn.functional.one_hot((ids + 1) % TOKENS, TOKENS) * 50.0


def test_what_a_model_is_shown():
    carries, looks = Counter(), Counter()
    assert sample(carries, [4, 5, 6], 3) == sample(looks, [4, 5, 6], 3, context=2) == [7, 8, 9]
    assert carries.shown == [[4, 5, 6], [7], [8]]
    assert looks.shown == [[5, 6], [6, 7], [7, 8]]
    assert sample(Counter(), [4], 0) == []


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("top_k", [None, 2])
def test_how_often_each_token_is_drawn(temperature, top_k):
    scores, count = torch.tensor([0.0, 1.0, 2.0, -1.0]), 4000
    generator = torch.Generator().manual_seed(0)
    drawn = torch.tensor([draw(scores, temperature, top_k, generator) for _ in range(count)])
    kept = torch.full_like(scores, -torch.inf)
    best = scores.topk(top_k or 4).indices
    kept[best] = scores[best]
    expected = (kept / temperature).softmax(0)
    found = torch.bincount(drawn, minlength=4) / count
    torch.testing.assert_close(found, expected, atol=4 * (0.25 / count) ** 0.5, rtol=0)
    assert (found[expected == 0] == 0).all()


def test_cold_scores_of_any_size():
    assert draw(torch.tensor([1e30, 0.0, 2e30]), 1e-300) == 2
    assert draw(torch.tensor([0.0, 3.0]), top_k=99) in (0, 1)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"ids": []}, "at least one token"),
        ({"context": 0}, "context must be >= 1, got 0"),
        ({"temperature": -1.0}, "temperature must be >= 0, got -1"),
        ({"temperature": float("nan")}, "temperature must be >= 0, got nan"),
        ({"top_k": 0}, "top_k must be >= 1, got 0"),
    ],
)
def test_numbers_out_of_range(options, text):
    with pytest.raises(ValueError, match=text):
        sample(Counter(), **{"ids": [1], "length": 1, **options})


def test_how_much_a_model_is_shown():
    model = nn.Identity()
    assert remembered(model, 64) == 64, "it says nothing: a window as in training"
    model.context = 256
    assert remembered(model, 64) == 64, "positions that were never trained are left alone"
    model.context = 16
    assert remembered(model, 64) == 16
    model.forget, model.stateful = (lambda: None), False
    assert remembered(model, 64) is None
    assert model.stateful is True
