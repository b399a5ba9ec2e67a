from copy import deepcopy

import pytest
import torch
from torch import nn

from runner.model.transformer import Block, Transformer


def language_model(**keys):
    return Transformer((9,), 11, vocabulary=11, next_token=True, **{"width": 8, "heads": 2, "context": 12} | keys)


def classifier(**keys):
    return Transformer((9,), 3, vocabulary=11, **{"width": 8, "heads": 2} | keys)


def torchs(block, width, heads):
    """Return torch's own layer with the same weights."""
    layer = nn.TransformerEncoderLayer(
        width, heads, 4 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    own = block.state_dict()
    names = {
        "self_attn.in_proj_weight": "attention.weight",
        "self_attn.in_proj_bias": "attention.bias",
        "self_attn.out_proj": "project",
        "linear1": "expand",
        "linear2": "contract",
    }
    for theirs, ours in names.items():
        for end in ("",) if theirs.startswith("self_attn.in") else (".weight", ".bias"):
            layer.get_parameter(theirs + end).data.copy_(own[ours + end])
    for norm in ("norm1", "norm2"):
        getattr(layer, norm).load_state_dict(getattr(block, norm).state_dict())
    return layer


@pytest.fixture(params=[2, 4])
def block(request):
    made = Block(8, request.param)
    for parameter in made.parameters():
        nn.init.normal_(parameter, std=0.5)
    return made, torchs(made, 8, request.param)


def test_a_block_equals_torchs_layer(block):
    ours, theirs = block
    values = torch.randn(3, 5, 8)
    torch.testing.assert_close(ours(values, None, False), theirs(values))


def test_a_block_that_looks_back_equals_torchs_layer_with_a_mask(block):
    ours, theirs = block
    values = torch.randn(3, 5, 8)
    mask = nn.Transformer.generate_square_subsequent_mask(5)
    torch.testing.assert_close(ours(values, None, True), theirs(values, src_mask=mask))


def test_a_block_that_skips_padding_equals_torchs_layer_with_a_mask(block):
    ours, theirs = block
    values, valid = torch.randn(3, 5, 8), torch.arange(5) < torch.tensor([[5], [1], [3]])
    expected = theirs(values, src_key_padding_mask=~valid)
    torch.testing.assert_close(ours(values, valid[:, None, None, :], False)[valid], expected[valid])


def test_a_later_token_changes_no_earlier_output():
    model = language_model().eval()
    tokens = torch.randint(0, 11, (2, 9))
    changed = tokens.clone()
    changed[:, 5] = (changed[:, 5] + 1) % 11
    before, after = model(tokens), model(changed)
    assert before.shape == (2, 9, 11)
    assert torch.equal(before[:, :5], after[:, :5])
    assert all(not torch.allclose(before[:, i], after[:, i]) for i in range(5, 9))


def test_the_layers_written_out():
    model = language_model(layers=1).eval()
    tokens = torch.randint(0, 11, (2, 9))
    values = model.embed.weight[tokens] + model.positions.weight[:9]
    values = model.blocks[0](values, None, True)
    expected = nn.functional.layer_norm(values, (8,)) @ model.decoder.weight.T + model.decoder.bias
    torch.testing.assert_close(model(tokens), expected)


def test_a_classifier_of_texts_does_not_see_the_padding():
    model = classifier().eval()
    short = torch.randint(1, 11, (4, 5))
    padded = torch.cat([short, torch.zeros(4, 4, dtype=torch.int64)], 1)
    torch.testing.assert_close(model(padded), model(short))
    assert model(torch.zeros(2, 9, dtype=torch.int64)).isfinite().all()
    assert not model.embed.weight[0].any()


def test_a_classifier_of_features_takes_the_mean_over_positions():
    model = Transformer((9, 4), 3, width=8, heads=2, layers=1).eval()
    inputs = torch.randn(5, 9, 4)
    values = model.blocks[0](inputs @ model.embed.weight.T + model.embed.bias + model.positions.weight[:9], None, False)
    expected = nn.functional.layer_norm(values, (8,)).mean(1) @ model.decoder.weight.T + model.decoder.bias
    torch.testing.assert_close(model(inputs), expected)


def test_weights_begin_as_those_of_gpt2():
    model = language_model(width=128, layers=8)
    for block in model.blocks:
        assert block.expand.weight.std().item() == pytest.approx(0.02, rel=0.05)
        assert block.contract.weight.std().item() == pytest.approx(0.02 / 16**0.5, rel=0.05)
        assert block.project.weight.std().item() == pytest.approx(0.02 / 16**0.5, rel=0.05)
        assert not block.expand.bias.any()


def test_tied_weights_are_one_parameter():
    model = deepcopy(language_model(tied=True))
    assert model.decoder.weight is model.embed.weight
    count = [sum(parameter.numel() for parameter in one.parameters()) for one in (model, language_model())]
    assert count[1] - count[0] == 11 * 8


def test_dropout_is_off_in_evaluation_only():
    model, tokens = language_model(dropout=0.5), torch.randint(0, 11, (2, 9))
    assert not torch.equal(model(tokens), model(tokens))
    model.eval()
    assert torch.equal(model(tokens), model(tokens))


def test_it_says_how_far_it_looks_back():
    model = language_model(context=12)
    assert model.context == 12
    assert model(torch.zeros(1, 12, dtype=torch.int64)).shape == (1, 12, 11)
    with pytest.raises(ValueError, match=r"give model.context at least 13"):
        model(torch.zeros(1, 13, dtype=torch.int64))


@pytest.mark.parametrize("make", [language_model, classifier])
def test_it_can_be_exported_for_any_number_of_texts(make):
    model, example = make().eval(), torch.randint(0, 11, (2, 9))
    exported = torch.export.export(model, (example,), dynamic_shapes=({0: torch.export.Dim("n")},)).module()
    tokens = torch.randint(0, 11, (5, 9))
    torch.testing.assert_close(exported(tokens), model(tokens))


@pytest.mark.parametrize(
    ("shape", "keys", "reason"),
    [
        ((1, 28, 28), {}, "dataset=rows"),
        ((300, 4), {}, "give model.context at least 300"),
        ((9, 4), {"width": 10, "heads": 4}, "model.width=10 cannot be divided among model.heads=4"),
        ((9,), {"vocabulary": 5, "tied": True}, "language models"),
    ],
)
def test_what_does_not_go_together_is_refused(shape, keys, reason):
    with pytest.raises(ValueError, match=reason):
        Transformer(shape, 3, **keys)
