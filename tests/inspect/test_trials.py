"""The process that tries sizes: what it survives, and what becomes of it."""

import signal

import psutil
import pytest
from omegaconf import OmegaConf

from runner.inspect.trials import Trials
from runner.interrupt import Interrupt, Interrupted
from tests.support import config

MODELS = '''
import math, os, signal
from torch import nn

class Deadly(nn.Module):
    """Is killed with 20 samples, as a process is that takes too much."""
    def __init__(self, in_shape, classes):
        super().__init__()
        self.out = nn.Linear(math.prod(in_shape), classes)

    def forward(self, inputs):
        print("a part that prints is no answer")
        if len(inputs) >= 20:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.out(inputs.flatten(1))

class Wrong(Deadly):
    def forward(self, inputs):
        return self.out(inputs)
'''


@pytest.fixture
def words(tmp_path, monkeypatch):
    (tmp_path / "own_models.py").write_text(MODELS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("RANK", "1")  # of a run of several processes: the one that tries sizes waits for none of them
    monkeypatch.setenv("WORLD_SIZE", "2")

    def words(model):
        cfg = config("hardware=cpu", "callback=[record,ema]", "debug=smoke")
        cfg.model = {"_target_": f"own_models.{model}"}
        return {"config": OmegaConf.to_container(cfg, resolve=True), "shares": 1}

    return words


@pytest.fixture(autouse=True)
def others():
    """Children of this process that are not of these tests: a server, a fork server."""
    OTHERS[:] = psutil.Process().children(recursive=True)


OTHERS = []


def children():
    return [child for child in psutil.Process().children(recursive=True) if child not in OTHERS]


@pytest.mark.slow
def test_a_size_that_kills_the_process_does_not_fit_and_the_next_has_a_new_one(words):
    with Trials(words("Deadly"), Interrupt()) as trials:
        assert trials.facts["device"] == "cpu"
        assert trials.facts["most"] == 56, "all training samples, whatever debug would leave of them"
        (first,) = children()
        assert trials(16).fits
        killed = trials(24)
        assert (killed.fits, killed.taken) == (False, None)
        assert killed.error.startswith("the process was killed by SIGKILL")
        assert children() == []
        assert trials(18).fits
        (second,) = children()
        assert first.pid != second.pid
    assert children() == []


def test_an_error_of_the_model_is_told_with_its_place_and_no_process_stays(words):
    with (
        pytest.raises(RuntimeError, match=r"batch_size=auto: .*shapes cannot be multiplied") as caught,
        Trials(words("Wrong"), Interrupt()) as trials,
    ):
        trials(2)
    assert "own_models.py" in caught.value.__notes__[0]
    assert children() == []


def test_a_signal_ends_it(words):
    interrupt = Interrupt()
    interrupt.receive(signal.SIGTERM, None)
    with pytest.raises(Interrupted), Trials(words("Deadly"), interrupt):
        pass
    assert children() == []
