"""torch's exported program."""

import subprocess
import sys

import pytest
import torch

from runner.export.compare import compare
from runner.export.pt2 import PT2
from runner.export.subject import CannotExport, Subject
from runner.model.cnn import CNN
from runner.model.embedding_dot_bias import EmbeddingDotBias
from runner.model.recurrent import Recurrent
from runner.model.transformer import Transformer
from tests.export.conftest import Deciding

SEQUENCES = {
    "lstm": lambda: Recurrent((6,), 0, vocabulary=5, next_token=True, cell="lstm", width=4),
    "gru": lambda: Recurrent((6, 5), 3, cell="gru", width=4, bidirectional=True),
    "transformer": lambda: Transformer((6,), 3, vocabulary=5, width=8, heads=2, layers=1),
}


def written(subject, path):
    free = PT2().write(subject, path)
    return free, compare(subject, PT2().read(subject, path), free, 1e-4)


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences_of_any_number_and_length(name, tmp_path):
    model = SEQUENCES[name]().eval()
    example = torch.zeros(2, 6, 5) if name == "gru" else torch.zeros(2, 6, dtype=torch.long)
    torch.export.export(model, (example,), dynamic_shapes=({0: torch.export.Dim.DYNAMIC},))  # by somebody else, before
    subject = Subject(model, (6, 5) if name == "gru" else (6,), () if name == "gru" else (5,))
    free, found = written(subject, tmp_path / "model.pt2")
    assert free
    assert (found.batches, found.lengths) == ((1, 2, 7), (3, 6, 9))
    assert found.largest <= 1e-5


def test_a_length_that_the_graph_fixes_is_said(tmp_path):
    model = Recurrent((6, 5), 3, cell="rnn", width=4).eval()
    free, found = written(Subject(model, (6, 5)), tmp_path / "model.pt2")
    assert (free, found.free, found.lengths) == (False, False, (6,))


def test_pictures_and_ratings(tmp_path):
    picture = Subject(CNN((1, 8, 8), 3, widths=[4, 8]).eval(), (1, 8, 8))
    rating = Subject(EmbeddingDotBias((2,), 1, (7, 5)).eval(), (2,), (7, 5))
    for subject in (picture, rating):
        free, found = written(subject, tmp_path / "model.pt2")
        assert (free, found.lengths) == (False, ())


def test_a_model_without_a_graph(tmp_path):
    with pytest.raises(CannotExport, match=r"has no graph that torch\.export can find: "):
        PT2().write(Subject(Deciding(3).eval(), (1, 8, 8)), tmp_path / "model.pt2")


@pytest.mark.siege
def test_it_loads_without_this_package(tmp_path):
    model = CNN((1, 8, 8), 3, widths=[4]).eval()
    subject = Subject(model, (1, 8, 8))
    PT2().write(subject, tmp_path / "model.pt2")
    torch.save((subject.inputs(5), subject.outputs(subject.inputs(5))), tmp_path / "expected.pt")
    program = """
import sys
inputs, expected = __import__("torch").load("expected.pt")
{usage}
torch.testing.assert_close(outputs, expected)
assert not any(name.startswith("runner") for name in sys.modules)
"""
    code = program.format(usage=PT2.usage)
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
