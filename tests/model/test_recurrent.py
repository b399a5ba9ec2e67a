from copy import deepcopy

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from runner.model.recurrent import Recurrent

KINDS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
CELLS = sorted(KINDS)


def reference(model, cell, features, width, layers, directions):
    """Return torch's own stack of layers with the same weights."""
    stack = KINDS[cell](features, width, layers, batch_first=True, bidirectional=directions == 2)
    for i, one in enumerate(model.cells):
        suffix = f"l{i // directions}{'_reverse' if i % directions else ''}"
        for name, parameter in one.named_parameters():
            getattr(stack, name.replace("l0", suffix)).data.copy_(parameter.data)
    return stack


def hidden(end):
    return end[0] if isinstance(end, tuple) else end


def language_model(cell="lstm", **keys):
    return Recurrent((7,), 11, vocabulary=11, next_token=True, **{"cell": cell, "width": 6, "layers": 2} | keys)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_a_classifier_of_features_equals_torchs_layers(cell, bidirectional):
    model = Recurrent((9, 4), 3, cell=cell, width=6, layers=2, bidirectional=bidirectional)
    stack = reference(model, cell, 4, 6, 2, 1 + bidirectional)
    inputs = torch.randn(5, 9, 4)
    last = hidden(stack(inputs)[1])[-1 - bidirectional :].transpose(0, 1).flatten(1)
    torch.testing.assert_close(model(inputs), model.decoder(last))


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_a_classifier_of_texts_equals_packed_texts(cell, bidirectional):
    model = Recurrent((9,), 3, vocabulary=20, cell=cell, width=6, layers=3, embedding=4, bidirectional=bidirectional)
    stack = reference(model, cell, 4, 6, 3, 1 + bidirectional)
    count = torch.tensor([9, 1, 4, 6])
    tokens = torch.randint(1, 20, (4, 9)) * (torch.arange(9) < count[:, None])
    packed = pack_padded_sequence(model.embed(tokens), count, batch_first=True, enforce_sorted=False)
    last = hidden(stack(packed)[1])[-1 - bidirectional :].transpose(0, 1).flatten(1)
    torch.testing.assert_close(model(tokens), model.decoder(last))
    assert not model.embed.weight[0].any()


@pytest.mark.parametrize("cell", CELLS)
def test_a_language_model_equals_torchs_layers_over_the_whole_text(cell):
    model = language_model(cell)
    stack = reference(model, cell, 6, 6, 2, 1)
    text = torch.randint(0, 11, (3, 21))
    windows = torch.cat([model(window) for window in text.split(7, 1)], 1)
    torch.testing.assert_close(windows, model.decoder(stack(model.embed(text))[0]))
    assert windows.shape == (3, 21, 11)


@pytest.mark.parametrize("cell", CELLS)
def test_after_a_reset_or_without_state_each_window_begins_from_zero(cell):
    model = language_model(cell)
    window = torch.randint(0, 11, (3, 7))
    first, second = model(window), model(window)
    assert not torch.allclose(first, second)
    model.forget()
    assert torch.equal(model(window), first)
    model.forget()
    model.stateful = False
    assert torch.equal(model(window), first)
    assert torch.equal(model(window), first)
    assert model.state is None


def test_no_gradient_flows_into_the_window_before():
    model = language_model()
    model(torch.randint(0, 11, (3, 7)))
    assert not model.state.requires_grad
    model(torch.randint(0, 11, (3, 7))).sum().backward()  # would fail if it went through the last graph again
    model(torch.randint(0, 11, (3, 7))).sum().backward()


@pytest.mark.parametrize("cell", CELLS)
def test_a_saved_state_goes_on_to_the_same_bits(cell, tmp_path):
    model, fresh = language_model(cell), language_model(cell)
    windows = [torch.randint(0, 11, (3, 7)) for _ in range(3)]
    fresh.load_state_dict(model.state_dict())  # without a state yet
    assert fresh.state is None
    for window in windows[:2]:
        model(window)
    torch.save(model.state_dict(), tmp_path / "last.pt")
    expected = model(windows[2])
    fresh(torch.zeros(5, 7, dtype=torch.int64))  # another number of texts
    fresh.load_state_dict(torch.load(tmp_path / "last.pt", weights_only=True))
    assert torch.equal(fresh(windows[2]), expected)


def test_a_copy_has_its_own_state():
    model = language_model()
    windows = torch.randint(0, 11, (3, 7)), torch.randint(0, 11, (3, 7))
    model(windows[0])
    copy = deepcopy(model)
    expected = model(windows[1])
    copy.forget()
    assert not torch.allclose(copy(windows[1]), expected)
    assert model.state is not None
    with torch.inference_mode():
        model(windows[0])
    assert torch.equal(deepcopy(model).state, model.state)


def test_one_token_at_a_time_equals_all_at_once():
    model = language_model().eval()
    text = torch.randint(0, 11, (1, 7))
    whole = model(text)
    model.forget()
    steps = [model(text[:, i : i + 1]) for i in range(7)]
    torch.testing.assert_close(torch.cat(steps, 1), whole)
    assert model.context is None
    assert language_model(stateful=False).context == 7


def test_another_number_of_texts_is_refused_until_reset():
    model = language_model()
    model(torch.zeros(4, 7, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"4 texts, this batch has 2.*forget\(\).*hardware.accumulate"):
        model(torch.zeros(2, 7, dtype=torch.int64))
    model.forget()
    assert model(torch.zeros(2, 7, dtype=torch.int64)).shape == (2, 7, 11)


@pytest.mark.parametrize("cell", CELLS)
def test_the_state_survives_half_precision(cell):
    model = language_model(cell)
    with torch.autocast("cpu", torch.bfloat16):
        outputs = [model(torch.randint(0, 11, (3, 7))) for _ in range(2)]
    outputs[1].float().sum().backward()
    assert model(torch.randint(0, 11, (3, 7))).dtype == torch.float32


@pytest.mark.filterwarnings("ignore:The tensor attributes")  # torch's own, about its own layers
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_text_classifier_can_be_exported_for_any_number_of_texts(bidirectional):
    model = Recurrent((9,), 3, vocabulary=20, width=6, bidirectional=bidirectional).eval()
    example = torch.randint(0, 20, (2, 9))
    exported = torch.export.export(model, (example,), dynamic_shapes=({0: torch.export.Dim("n")},)).module()
    tokens = torch.randint(0, 20, (5, 9))
    torch.testing.assert_close(exported(tokens), model(tokens))


@pytest.mark.filterwarnings("ignore:The tensor attributes")
def test_an_export_carries_no_state():
    model = language_model().eval()
    window = torch.randint(0, 11, (5, 7))
    expected = model(window)
    exported = torch.export.export(model, (window[:2],), dynamic_shapes=({0: torch.export.Dim("n")},)).module()
    torch.testing.assert_close(exported(window), expected)
    torch.testing.assert_close(exported(window), expected)


def test_tied_weights_are_one_parameter():
    model, untied = language_model(tied=True), language_model()
    assert model.decoder.weight is model.embed.weight
    count = [sum(parameter.numel() for parameter in one.parameters()) for one in (model, untied)]
    assert count[1] - count[0] == 11 * 6
    assert deepcopy(model).decoder.weight.shape == (11, 6)
    copy = deepcopy(model)
    assert copy.decoder.weight is copy.embed.weight


def test_dropout_acts_on_embeddings_between_layers_and_on_outputs():
    model = language_model(layers=2, dropout=0.5)
    seen = []
    for drop in (model.drop, model.drop_input):
        drop.register_forward_hook(lambda module, inputs, outputs: seen.append((outputs == 0).float().mean().item()))
    model(torch.randint(0, 11, (50, 7)))
    assert seen == [pytest.approx(0.5, abs=0.06)] * 3
    seen.clear()
    model.eval()(torch.randint(0, 11, (50, 7)))
    assert max(seen) == 0
    classifier = Recurrent((9, 4), 3, width=6, layers=2, dropout=0.5)
    classifier.drop.register_forward_hook(lambda module, inputs, outputs: seen.append(outputs.shape))
    seen.clear()
    classifier(torch.randn(2, 9, 4))
    assert seen == [(2, 9, 6), (2, 6)]


def test_keys_of_a_cell_reach_it():
    model = Recurrent((9, 4), 3, cell="rnn", width=6, layers=2, identity=True)
    assert all(torch.equal(cell.weight_hh_l0, torch.eye(6)) for cell in model.cells)
    assert Recurrent((9, 4), 3, cell="rnn", nonlinearity="relu").cells[0].nonlinearity == "relu"
    assert set(Recurrent((9, 4), 3, width=6, forget_bias=2.0).cells[0].bias_ih_l0[6:12].tolist()) == {2.0}


@pytest.mark.parametrize(
    ("shape", "keys", "reason"),
    [
        ((1, 28, 28), {}, "dataset=rows"),
        ((9,), {"vocabulary": 5, "next_token": True, "bidirectional": True}, "would read the very tokens"),
        ((9, 2), {"embedding": 4}, "is for tokens"),
        ((9,), {"vocabulary": 5, "tied": True}, "language models"),
        ((9,), {"vocabulary": 5, "next_token": True, "tied": True, "embedding": 3}, "model.embedding=128"),
        ((9, 2), {"cell": "gru", "identity": True}, "identity=true is for model.cell=rnn"),
        ((9, 2), {"cell": "lstm", "nonlinearity": "relu"}, "nonlinearity=relu is for model.cell=rnn"),
        ((9, 2), {"cell": "rnn", "identity": True, "nonlinearity": "tanh"}, "defined with relu"),
        ((9, 2), {"cell": "gru", "forget_bias": 2.0}, "no forget gate"),
    ],
)
def test_what_does_not_go_together_is_refused(shape, keys, reason):
    with pytest.raises(ValueError, match=reason):
        Recurrent(shape, 3, **keys)
