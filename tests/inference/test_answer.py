"""What a run says about a batch in memory; files and parts are tested through ``runner predict``."""

import pytest
import torch

from runner.inference.answer import answer, answer_batch
from runner.inference.saved import Saved
from tests.support import trained


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("place") / "run"
    trained(folder, "epochs=1")
    return Saved(folder)


def test_a_batch_is_normalised_like_the_data(run):
    of_part = answer(run, ["test"], 1, ["best"])
    of_batch = answer_batch(run, run.splits.test.inputs, 1, ["best"])
    assert [{**row, "target": None} for row in of_part] == [{**row, "target": None} for row in of_batch]
    one = answer_batch(run, run.splits.test.inputs[3:4].tolist(), 2, ["last"])
    assert one[0]["probability"] >= one[0]["probability_2"]


def test_a_batch_of_another_shape(run):
    with pytest.raises(ValueError, match=r"batches of shape \[n, 1, 8, 8\], got \[2, 1, 8, 9\]"):
        answer_batch(run, torch.zeros(2, 1, 8, 9), 1, ["best"])
