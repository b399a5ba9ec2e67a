import pytest
import torch

from tests.support import trained

SOURCE = """
from torch import nn


class Bad(nn.Module):
    def __init__(self, in_shape, classes):
        super().__init__()
        self.last = nn.Linear(in_shape[-1] * in_shape[-2] * in_shape[-3], classes)

    def forward(self, inputs):
        outputs = self.last(inputs.flatten(1))
        return outputs + (outputs * 0).sqrt()  # finite, and its gradient is not
"""


def test_the_operation_is_named_and_nothing_is_left_on(tmp_path, monkeypatch):
    (tmp_path / "anomalous.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    words = ["debug=anomaly", "dataset=digits", "model._target_=anomalous.Bad"]
    words += [f"~model.{key}" for key in ("widths", "dropout", "activation")]
    with pytest.raises(RuntimeError, match="MulBackward0"):
        trained(tmp_path / "run", *words)
    assert "(outputs * 0).sqrt()" in (tmp_path / "run" / "log.txt").read_text()
    assert not torch.is_anomaly_enabled()


def test_it_changes_no_number(tmp_path):
    words = ["dataset.samples=64", "epochs=1"]
    plain = trained(tmp_path / "a", *words)
    watched = trained(tmp_path / "b", *words, "debug=anomaly")
    assert plain["metrics"] == watched["metrics"]
