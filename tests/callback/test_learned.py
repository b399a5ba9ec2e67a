import pytest
import torch

from runner.callback.learned import Learned
from tests.support import built, trained

WORDS = ("debug=overfit", "dataset=digits", "epochs=4")


def test_what_can_be_learned_stops_early(tmp_path):
    summary = trained(tmp_path, *WORDS)
    assert summary["status"] == "stopped"
    assert summary["steps"] < 200
    assert "it can be learned by heart" in summary["reason"]


def test_what_cannot_fails_loudly(tmp_path):
    with pytest.raises(ArithmeticError, match=r"100 updates, which is more than 0\.1 of it"):
        trained(tmp_path, *WORDS, "optimizer.lr=1e-7", "epochs=2")
    assert "something is wrong" in (tmp_path / "log.txt").read_text()


def test_a_resumed_run_remembers_the_first_loss(tmp_path):
    run = built(tmp_path, *WORDS)
    callback = Learned()
    run.loss = torch.tensor(2.0)
    callback.step(run)
    run.loss = torch.tensor(0.1)
    callback.step(run)
    again = Learned()
    again.load_state_dict(callback.state_dict())
    assert again.first == 2.0
    run.epoch = 1
    assert again.epoch(run) is not None
