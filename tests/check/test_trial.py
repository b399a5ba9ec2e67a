import pytest
from omegaconf import OmegaConf

from runner.check import problems_of
from tests.support import config


def problems(*overrides):
    return [problem.message for problem in problems_of(OmegaConf.masked_copy(*split(config(*overrides))))]


def split(cfg):
    return cfg, [str(key) for key in cfg if key != "hydra"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["++dataset.augment.sizes=[[0,4]]"], "dataset.augment.sizes: no images of 4x4: "),
        (["++dataset.augment.saturation=0.5"], "dataset: saturation needs images with colours"),
        (["++optimizer.freeze=[nothing.*]"], "optimizer.freeze: 'nothing.*' matches no parameter"),
        (["++optimizer.freeze=['*']"], "optimizer.freeze: ['*'] leaves no parameter to train"),
        (["optimizer=muon", "model=linear"], "optimizer=muon: the model has no hidden matrix"),
        (
            ["dataset=breast_cancer", "model=mlp", "task=binary", "callback=[record,tta,checkpoint]"],
            "callback.tta looks at images from several sides, dataset breast_cancer has none",
        ),
        (
            ["+callback.mine={_target_:collections.Counter}"],
            "callback.mine: collections.Counter is none: let it inherit runner.callback.base.Callback",
        ),
        (
            ["hardware=cpu", "++hardware.shard=true", "callback=[record,ema,checkpoint]"],
            "callback.ema keeps a second model, which hardware.shard would have to cut up as well",
        ),
        (
            ["hardware=cpu", "++hardware.processes=8", "batch_size=5"],
            "batch_size=5 leaves some of hardware.processes=8 without samples",
        ),
        (
            ["++dataset.sampling=balanced", "task.class_weight=balanced"],
            "task.class_weight=balanced: dataset.sampling=balanced has made the classes equal already",
        ),
        (
            ["dataset=text", "model=transformer", "task=language_modeling", "dataset.bptt=256", "dataset.jitter=10"],
            "model=Transformer does not fit dataset=text: ",
        ),
        (
            ["dataset=text", "model=lstm", "task=language_modeling", "hardware.accumulate=2"],
            "hardware.accumulate does not fit model=Recurrent: ",
        ),
    ],
)
def test_what_shows_only_at_work_is_said_before_it(overrides, message):
    found = problems(*overrides)
    assert len(found) == 1
    assert found[0].startswith(message)


@pytest.mark.parametrize(
    "overrides",
    [
        ["++dataset.augment.sizes=[[0,4]]", "model=cnn", "model.widths=[4]"],
        ["++dataset.augment.mixup=0.2", "++dataset.augment.policy=trivial"],
        ["schedule=plateau", "optimizer=lion", "callback=[record,tta,checkpoint]"],
    ],
)
def test_what_fits_passes(overrides):
    assert problems(*overrides) == []
