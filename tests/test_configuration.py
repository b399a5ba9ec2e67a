import pytest
import torch
from omegaconf import OmegaConf

from runner.configuration import buildable, composed, examined, recorded
from tests.support import trained

WORDS = ["dataset=noise", "model=mlp"]


@pytest.fixture(autouse=True)
def _there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_one_training_of_trainings_node():
    cfg, problems = composed([*WORDS, "model.widths=[8]"])
    assert problems == []
    assert cfg.model.widths == [8]
    assert "hydra" not in cfg


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["-m", "seed=0,1"], "-m is for trainings: this looks at one"),
        (["--cfg", "job"], "--cfg is for trainings: this looks at one"),
        (["modle=mlp"], "did you mean model?"),
        (["none.yaml"], "no recipe none.yaml"),
        (["model=cnn", "dataset=wine"], "needs images"),
    ],
)
def test_what_is_wrong(words, text):
    _, problems = composed(words)
    assert text in problems[0].message


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_hardware_that_is_not_here():
    assert composed([*WORDS, "hardware.device=cuda"])[1][0].key == "hardware.device"
    cfg, problems = composed([*WORDS, "hardware.device=cuda"], anywhere=True)
    assert (cfg.hardware.device, problems) == ("cuda", [])
    assert composed([*WORDS, "hardware.device=cuda", "epochs=0"], anywhere=True)[1]


def test_a_search_is_examined_too():
    command, checked = examined(["-m", "seed=0,-1"])
    assert command.multirun
    assert checked.problems[0].place == "seed=0,-1"


def test_of_a_run(tmp_path):
    trained(tmp_path / "run", "epochs=1")
    assert recorded(tmp_path / "run").epochs == 1
    cfg = buildable(tmp_path / "run")
    assert cfg.model.widths == [8]
    cfg.dataset.shape = [8]
    OmegaConf.save(cfg, tmp_path / "run" / "config.yaml")
    cfg.model.width = 3
    OmegaConf.save(cfg, tmp_path / "run" / "config.yaml")
    with pytest.raises(ValueError, match=r"^run can no longer be built: unknown key model.width"):
        buildable(tmp_path / "run")
