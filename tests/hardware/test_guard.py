import pytest
import torch
from torch import nn

from runner.hardware.guard import NonFinite, culprit
from tests.support import built


class Overflow(nn.Module):
    """Divides by zero."""

    def forward(self, inputs):
        return inputs / 0


def loss(model):
    return lambda inputs, targets: model(inputs).sum()


def test_the_first_layer_is_named():
    model = nn.Sequential(nn.Linear(2, 2), Overflow(), nn.Tanh())
    assert (
        culprit(model, loss(model), torch.ones(1, 2), torch.ones(1))
        == "the first layer with such outputs is 1 (Overflow)"
    )


def test_inputs_weights_and_the_loss_itself():
    model = nn.Sequential(nn.Linear(2, 2))
    nan = torch.full((1, 2), float("nan"))
    assert "inputs" in culprit(model, loss(model), nan, torch.ones(1))
    assert culprit(model, loss(model), torch.ones(1, 2), torch.ones(1)) == "every layer's outputs are finite"
    with torch.no_grad():
        model[0].bias[0] = float("inf")
    assert "the weights 0.bias are not finite" in culprit(model, loss(model), torch.ones(1, 2), torch.ones(1))
    assert not model[0]._forward_hooks


def poisoned(tmp_path, *overrides):
    run = built(tmp_path / "run", "optimizer=sgd", *overrides)
    run.model.layers.insert(2, Overflow())
    return run


@pytest.mark.parametrize("extra", [[], ["hardware.accumulate=2"]])
def test_the_weights_are_not_touched(tmp_path, extra):
    from runner.loop import fit

    run = poisoned(tmp_path, *extra)
    before = {name: value.clone() for name, value in run.model.state_dict().items()}
    with pytest.raises(
        NonFinite, match=r"the loss is nan: the first layer with such outputs is layers\.2 \(Overflow\)"
    ):
        fit(run)
    assert run.step == 0
    assert all(torch.equal(value, before[name]) for name, value in run.model.state_dict().items())


def test_it_looks_as_often_as_told(tmp_path):
    from runner.loop import fit

    run = poisoned(tmp_path, "hardware.guard=3")
    with pytest.raises(NonFinite):
        fit(run)
    assert run.step == 2
    fit(poisoned(tmp_path / "off", "hardware.guard=0", "epochs=1", "callback=[record]"))


class Later(nn.Module):
    """Gives NaN from its third batch on."""

    def __init__(self):
        super().__init__()
        self.seen = 0

    def forward(self, inputs):
        self.seen += self.training
        return inputs * (float("nan") if self.seen > 2 else 1.0)


def test_what_falls_between_two_looks_never_reaches_a_checkpoint(tmp_path):
    from runner.loop import fit

    run = built(tmp_path / "run", "hardware.guard=50")
    run.model.layers.insert(2, Later())
    with pytest.raises(NonFinite, match=r"mean loss of the epoch is nan: hardware.guard=1 names"):
        fit(run)
    assert not (tmp_path / "run" / "checkpoints" / "last.pt").exists()


def test_a_late_look_does_not_pretend_to_know_the_update(tmp_path):
    from runner.loop import fit

    run = built(tmp_path / "run", "hardware.guard=4")
    run.model.layers.insert(2, Later())
    with pytest.raises(NonFinite, match="after one of the last 4 updates"):
        fit(run)


def test_half_precision_says_that_its_scale_watches_instead(tmp_path):
    run = built(tmp_path / "run", "hardware.precision=fp16", "hardware.guard=5")
    assert any("hardware.guard has no effect with fp16" in note for note in run.facts["notes"])


def test_processes_look_for_the_culprit_together(pair):
    for found in pair:
        assert "in process 1, the inputs of the batch hold NaN" in found["nan last"]
        assert "in process 0, the inputs of the batch hold NaN" in found["nan first"]
        assert "in process 0, the inputs of the batch hold NaN" in found["nan cut"]
