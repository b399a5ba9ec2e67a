import pytest
import torch
from torch import nn

from runner.model.cnn import CNN
from runner.model.mlp import MLP
from runner.model.recurrent import Recurrent
from runner.model.weights import load_weights


def cnn(classes=3):
    return CNN((1, 8, 8), classes, widths=[4])


def equal(one, other, but=()):
    return all(
        torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items() if name not in but
    )


def test_nothing_is_read_unless_asked_for():
    assert load_weights(cnn()) == []


@pytest.mark.parametrize("wrap", [lambda state: state, lambda state: {"model": state, "epoch": 3}])
@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."])
def test_takes_a_checkpoint_of_a_run_or_a_state_dictionary(tmp_path, prefix, wrap):
    trained, model = cnn(), cnn()
    torch.save(wrap({prefix + name: value for name, value in trained.state_dict().items()}), tmp_path / "w.pt")
    assert load_weights(model, str(tmp_path / "w.pt")) == []
    assert equal(model, trained)


def test_a_classifier_for_other_classes_is_left_fresh(tmp_path):
    trained, model = cnn(3), cnn(5)
    head = [name for name in model.state_dict() if name.startswith("layers.9.")]
    before = {name: model.state_dict()[name].clone() for name in head}
    torch.save({"model": trained.state_dict()}, tmp_path / "w.pt")
    assert head == ["layers.9.weight", "layers.9.bias"]
    assert load_weights(model, str(tmp_path / "w.pt")) == [
        "model.weights: 2 of 14 tensors are not in the file or of another shape, left fresh: "
        "layers.9.weight, layers.9.bias"
    ]
    assert equal(model, trained, but=head)
    assert all(torch.equal(model.state_dict()[name], before[name]) for name in head)


def test_what_the_model_has_no_use_for_is_named(tmp_path):
    trained = cnn()
    torch.save({**trained.state_dict(), "extra.weight": torch.ones(2)}, tmp_path / "w.pt")
    assert load_weights(cnn(), str(tmp_path / "w.pt")) == [
        "model.weights: 1 of 15 tensors of the file are not in the model: extra.weight"
    ]


def test_the_state_of_a_text_is_left_behind(tmp_path):
    trained, model = (Recurrent((4,), 5, vocabulary=5, next_token=True, width=6) for _ in range(2))
    trained(torch.zeros(3, 4, dtype=torch.int64))
    torch.save(trained.state_dict(), tmp_path / "w.pt")
    assert load_weights(model, str(tmp_path / "w.pt")) == []
    assert model.state is None
    assert torch.equal(model.decoder.weight, trained.decoder.weight)


def save(path, content):
    torch.save(content, path)


def write(path, content):
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "content", "reason"),
    [
        (save, MLP((3,), 2, widths=[5]).state_dict(), "nothing of the same name and shape as in CNN"),
        (save, {"layers.1.num_batches_tracked": torch.tensor(3)}, "nothing of the same name and shape"),
        (save, {"epoch": 3}, "no named tensors"),
        (save, torch.zeros(3), "no named tensors"),
        (save, nn.Linear(2, 2), "cannot be read as weights"),
        (write, b"", "cannot be read as weights"),
        (write, b"PK\x03\x04 no archive at all", "cannot be read as weights"),
    ],
)
def test_a_file_without_fitting_weights_is_refused(tmp_path, make, content, reason):
    make(tmp_path / "w.pt", content)
    with pytest.raises(ValueError, match=f"model.weights=.*w.pt.*{reason}"):
        load_weights(cnn(), str(tmp_path / "w.pt"))


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"gone.pt: there is no such file"):
        load_weights(cnn(), str(tmp_path / "gone.pt"))
    with pytest.raises(ValueError, match=r"is a folder: give a file, such as .*best.pt"):
        load_weights(cnn(), str(tmp_path))
