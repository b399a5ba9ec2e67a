"""The weights alone."""

import torch

from runner.export.compare import compare
from runner.export.state_dict import StateDict
from runner.export.subject import Subject
from runner.model.recurrent import Recurrent


def test_names_and_tensors(saved, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    subject = Subject.of(saved)
    assert not StateDict().write(subject, tmp_path / "model.pt")
    values = {"model": saved.model(["last"])}
    exec(StateDict.usage, values)
    assert type(values["weights"]) is dict
    best = subject.model.state_dict()
    assert all(torch.equal(value, best[name]) for name, value in values["model"].state_dict().items())


def test_the_check_reads_the_file_and_not_the_model(tmp_path):
    model = Recurrent((6,), 0, vocabulary=5, next_token=True, cell="lstm", width=4, tied=True).eval()
    subject = Subject(model, (6,), (5,))
    free = StateDict().write(subject, tmp_path / "model.pt")
    found = compare(subject, StateDict().read(subject, tmp_path / "model.pt"), free, 0.0)
    assert (found.largest, found.lengths) == (0.0, (3, 6, 9))
    weights = torch.load(tmp_path / "model.pt", weights_only=True)
    weights["decoder.bias"] += 1
    torch.save(weights, tmp_path / "model.pt")
    read = StateDict().read(subject, tmp_path / "model.pt")
    torch.testing.assert_close(read(subject.inputs(2)), subject.outputs(subject.inputs(2)) + 1)
