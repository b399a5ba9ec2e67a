import numpy
import pytest
import torch

from runner.model.embedding_dot_bias import EmbeddingDotBias


def drawn(range=None):
    model = EmbeddingDotBias((2,), 1, sizes=(4, 6), factors=3, range=range)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    return model


def by_hand(model, pairs):
    p, q, b_user, b_item, constant = (
        parameter.detach().numpy()
        for parameter in (
            model.factors[0].weight,
            model.factors[1].weight,
            model.biases[0].weight,
            model.biases[1].weight,
            model.constant,
        )
    )
    return numpy.array([constant + b_user[u] + b_item[i] + p[u] @ q[i] for u, i in pairs.numpy()])


PAIRS = torch.tensor([[0, 0], [3, 5], [1, 2], [3, 0]])


def test_equals_the_formula_of_the_paper():
    model = drawn()
    assert model(PAIRS).shape == (4, 1)
    numpy.testing.assert_allclose(model(PAIRS).detach().numpy(), by_hand(model, PAIRS), rtol=1e-5)


def test_a_range_is_kept_by_a_sigmoid():
    model = drawn(range=[0.5, 5.5])
    expected = 0.5 + 5 / (1 + numpy.exp(-by_hand(model, PAIRS)))
    numpy.testing.assert_allclose(model(PAIRS).detach().numpy(), expected, rtol=1e-5)


def test_it_begins_with_the_same_rating_for_everyone():
    model = EmbeddingDotBias((2,), 1, sizes=(40, 60), range=[1, 5])
    ratings = model(torch.stack([torch.arange(40), torch.arange(40)], 1))
    torch.testing.assert_close(ratings, torch.full((40, 1), 3.0), atol=0.01, rtol=0)
    assert sum(parameter.numel() for parameter in model.parameters()) == 100 * 51 + 1


@pytest.mark.parametrize(
    ("shape", "classes", "keys", "reason"),
    [
        ((2,), 1, {"sizes": ()}, "0 sizes: use dataset=ratings"),
        ((3,), 1, {"sizes": (2, 3, 4)}, r"inputs of shape \(3,\)"),
        ((2,), 5, {"sizes": (2, 3)}, "use task=rating"),
        ((2,), 1, {"sizes": (2, 3), "range": [5, 1]}, r"\[lowest, highest\], got \[5, 1\]"),
        ((2,), 1, {"sizes": (2, 3), "range": [5]}, r"\[lowest, highest\]"),
    ],
)
def test_what_does_not_fit_is_refused(shape, classes, keys, reason):
    with pytest.raises(ValueError, match=reason):
        EmbeddingDotBias(shape, classes, **keys)
