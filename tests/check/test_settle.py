"""A new target sheds the keys of the old one."""

import pytest
from omegaconf import OmegaConf

from runner.check.settle import settle

MLP = "runner.model.mlp.MLP"


def config(target=MLP):
    model = {"_target_": target, "widths": [4], "depth": 2, "dropout": 0.1}
    return OmegaConf.create({"model": model, "callback": {"ema": {"_target_": "a.B", "x": 1}}})


def settled(target, *overrides):
    cfg = config(target)
    OmegaConf.set_struct(cfg, True)
    settle(cfg, overrides)
    return list(cfg.model)


def test_only_an_override_of_the_target_sheds():
    assert settled(MLP) == ["_target_", "widths", "depth", "dropout"]
    assert settled(MLP, f"model._target_={MLP}") == ["_target_", "widths", "dropout"]
    assert settled(MLP, f"++model._target_={MLP}") == ["_target_", "widths", "dropout"]


def test_what_the_user_gives_stays():
    assert "depth" in settled(MLP, f"model._target_={MLP}", "model.depth=3")
    assert "depth" in settled(MLP, f"model._target_={MLP}", "+model.depth.inner=3")


@pytest.mark.parametrize("target", ["torch.nn.Identity", "no.such.Thing", "math.sqrt"])
def test_nothing_goes_where_the_signature_does_not_tell(target):
    assert settled(target, f"model._target_={target}") == ["_target_", "widths", "depth", "dropout"]


def test_no_callbacks_is_an_empty_mapping():
    cfg = OmegaConf.create({"model": {"_target_": MLP}})
    settle(cfg, ["~callback"])
    assert cfg.callback == {}


def test_a_run_in_weights_means_its_best_checkpoint(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    best = tmp_path / "outputs" / "one" / "checkpoints" / "best.pt"
    best.parent.mkdir(parents=True)
    best.touch()
    (tmp_path / "outputs" / "one" / "config.yaml").touch()
    for given, expected in (("one", str(best)), ("on", str(best)), (str(best), str(best)), ("two", "two")):
        cfg = OmegaConf.create({"model": {"weights": given}, "callback": {}})
        OmegaConf.set_struct(cfg, True)
        settle(cfg, [])
        assert cfg.model.weights == expected
    settle(OmegaConf.create({"model": {"weights": "???"}}), [])
