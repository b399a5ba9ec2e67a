"""ONNX, where its packages are installed."""

import pytest

from runner.export.compare import compare
from runner.export.onnx import ONNX
from runner.export.subject import CannotExport, Subject
from runner.model.cnn import CNN
from tests.export.conftest import Deciding
from tests.export.test_pt2 import SEQUENCES

for package in ONNX.packages:
    pytest.importorskip(package)
pytestmark = pytest.mark.siege


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences_of_any_number_and_length(name, tmp_path, capsys):
    model = SEQUENCES[name]().eval()
    subject = Subject(model, (6, 5) if name == "gru" else (6,), () if name == "gru" else (5,))
    free = ONNX().write(subject, tmp_path / "model.onnx")
    found = compare(subject, ONNX().read(subject, tmp_path / "model.onnx"), free, 1e-4)
    assert (free, found.lengths) == (True, (3, 6, 9))
    assert capsys.readouterr() == ("", "")


def test_its_usage_works(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    subject = Subject(CNN((1, 8, 8), 3, widths=[4]).eval(), (1, 8, 8))
    ONNX().write(subject, tmp_path / "model.onnx")
    values = {"inputs": subject.inputs(5).numpy()}
    exec(ONNX.usage, values)
    assert values["session"].get_inputs()[0].shape == ["batch", 1, 8, 8]
    assert values["outputs"] == pytest.approx(subject.outputs(subject.inputs(5)).numpy(), abs=1e-5)


def test_a_model_without_a_graph(tmp_path):
    with pytest.raises(CannotExport, match="cannot be written as ONNX: "):
        ONNX().write(Subject(Deciding(3).eval(), (1, 8, 8)), tmp_path / "model.onnx")
