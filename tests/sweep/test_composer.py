"""A copy with changed values is what Hydra would have composed, for any overrides."""

from hydra.core.hydra_config import HydraConfig
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from runner.check.composition import compose
from runner.check.meant import for_hydra
from runner.check.override import read_overrides
from runner.check.settle import settle
from runner.command import read_command
from runner.compose import hydra_for
from runner.sweep.composer import Composer

BASE = ("epochs=3", "optimizer=sgd", "~callback.mlflow", "dataset.augment.crop=1")
VALUES = {
    "optimizer.lr": ["0.1", "1e-3", "${seed}", "null"],
    "seed": ["0", "7"],
    "model": ["cnn", "mlp", "resnet20"],
    "dataset": ["digits", "noise"],
    "model.dropout": ["0.0", "0.5"],
    "model.widths": ["[8]", "[4,4]"],
    "expect": ["{test/accuracy: '>= 0.5'}", "null"],
    "schedule": ["constant", "cosine"],
    "+callback": ["ema", "early_stopping"],
    "model._target_": ["runner.model.mlp.MLP"],
}
TRIALS = st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=5).flatmap(
    lambda keys: st.tuples(*(st.sampled_from(VALUES[key]).map(f"{key}={{}}".format) for key in keys))
)


def expected(texts, loader):
    words = read_overrides((*BASE, *texts), loader, multirun=False)
    assert not words.problems
    cfg = compose("config", for_hydra(words.good, loader, "config"))
    settle(cfg, [override.input_line for override in words.good])
    return OmegaConf.to_container(OmegaConf.masked_copy(cfg, [k for k in cfg if k not in ("hydra", "sweep")]))


@settings(max_examples=8, deadline=None)
@given(st.lists(TRIALS, min_size=1, max_size=4))
def test_copies_are_what_hydra_composes(trials):
    with hydra_for(read_command([])) as loader:
        composer = Composer("config", read_overrides(BASE, loader, multirun=False).good, loader)
        for texts in trials:
            assert OmegaConf.to_container(composer.cfg(texts)) == expected(texts, loader)


def test_callbacks_are_added_to_those_that_a_recipe_overrides(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("defaults: [/config, override /callback: [record], _self_]\n")
    command = read_command(["mine.yaml", "+callback=tta"])
    with hydra_for(command) as loader:
        base = read_overrides(command.overrides, loader, multirun=True).good
        composer = Composer(command.name, base, loader)
        assert list(composer.cfg(["+callback=ema", "seed=1"]).callback) == ["record", "tta", "ema"]
        assert list(composer.cfg(["+callback=monitor"]).callback) == ["record", "tta", "monitor"]
        searched = read_overrides(("+callback=ema,[ema,monitor]",), loader, multirun=True).good
        words = for_hydra([*base, *searched], loader, command.name)  # of a search that Hydra does itself
        assert words == ["callback=[record,tta,ema],[record,tta,ema,monitor]"]


def test_each_combination_of_parts_is_composed_once_and_no_trial_sees_another():
    with hydra_for(read_command([])) as loader:
        composer = Composer("config", [], loader)
        first = composer.cfg(["model=mlp", "seed=1"])
        first.optimizer.lr = 99
        second = composer.cfg(["model=mlp", "optimizer.lr=2"])
        composer.cfg(["model=cnn"])
        assert (second.seed, second.optimizer.lr) == (0, 2)
        assert len(composer.composed) == 2


def test_hydras_own_words_are_answered_for_the_trial():
    with hydra_for(read_command([])) as loader:
        composer = Composer("config", [], loader)
        cfg = composer.cfg(["seed=${hydra:job.num}", "objective=${hydra:runtime.output_dir}"], 7, "outputs/s/trials/7")
        assert (cfg.seed, cfg.objective) == (7, "outputs/s/trials/7")
        assert HydraConfig.get().job.id == "7"
        assert not {"hydra", "sweep"} & set(cfg)
