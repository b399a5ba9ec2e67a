"""The settings of a search: what the YAML files say, what a command may change, and what is refused."""

import copy
import functools
import inspect

import pytest
import yaml
from hydra import compose, initialize_config_dir
from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from runner.check.settle import settle
from runner.check.tree import check_node
from runner.home import CONF
from runner.make import make
from runner.sweep.settings import Settings

SAMPLERS = sorted(path.stem for path in (CONF / "sweep").glob("*.yaml"))
PRUNERS = sorted(path.stem for path in (CONF / "sweep" / "pruner").glob("*.yaml"))
FILLED_IN = {"seed", "study_seed", "space", "objectives", "epochs"}
"""By the search, not by the user."""
ADAPTIVE = {"bayes", "gp", "forest", "cmaes"}


@functools.cache
def composed(*overrides):
    """Return the composed node, settled as for a search."""
    add = "" if "sweep" in str(yaml.safe_load((CONF / "config.yaml").read_text())["defaults"]) else "+"
    if not OmegaConf.has_resolver("runner.id"):
        OmegaConf.register_new_resolver("runner.id", lambda: "test")
    words = [f"{add}{word}" if word.startswith("sweep=") else word for word in overrides]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", words if words and "sweep=" in words[0] else [f"{add}sweep=grid", *words])
    settle(cfg, overrides)
    return OmegaConf.to_container(cfg.sweep, resolve=True)


def node(*overrides):
    return copy.deepcopy(composed(*overrides))


def wrong(*overrides):
    return [problem.message for problem in check_node(node(*overrides), "sweep", [])]


def test_there_is_a_sampler_for_every_name_and_a_pruner():
    pruners = {"none", "asha", "hyperband", "median", "percentile", "wilcoxon", "threshold", "patient"}
    assert {"grid", "random", "qmc", *ADAPTIVE, "nsga2"} == set(SAMPLERS)
    assert pruners == set(PRUNERS)


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_choice_has_its_own_sampler_and_nothing_of_another(name):
    found = node(f"sweep={name}")
    own = yaml.safe_load((CONF / "sweep" / f"{name}.yaml").read_text())["sampler"]
    assert found["sampler"] == own
    assert own["_target_"] == f"runner.sweep.sampler.{name}.{name}"
    pruner = "asha" if name in ADAPTIVE else "none"
    assert found["pruner"] == yaml.safe_load((CONF / "sweep" / "pruner" / f"{pruner}.yaml").read_text())
    assert (found["trials"] is None) == (name == "grid")
    assert wrong(f"sweep={name}") == []


@pytest.mark.parametrize("name", PRUNERS)
def test_every_pruner_can_be_chosen_and_nothing_of_another_stays(name):
    found = node("sweep=bayes", f"sweep/pruner={name}")
    assert found["pruner"] == yaml.safe_load((CONF / "sweep" / "pruner" / f"{name}.yaml").read_text())
    assert found["sampler"]["_target_"] == "runner.sweep.sampler.bayes.bayes"


@pytest.mark.parametrize("file", [*SAMPLERS, *(f"pruner/{name}" for name in PRUNERS)])
def test_the_yaml_has_every_option_with_the_default_of_its_signature(file):
    own = yaml.safe_load((CONF / "sweep" / f"{file}.yaml").read_text())
    own = own.get("sampler", own)
    parameters = inspect.signature(get_object(own.pop("_target_"))).parameters
    assert own == {name: p.default for name, p in parameters.items() if name not in FILLED_IN}


def test_the_grid_has_every_setting_with_its_default():
    found = node("sweep=grid")
    settings = vars(Settings(found["sampler"], found["pruner"]))
    assert found.pop("_target_") == "runner.sweep.settings.Settings"
    assert list(found.keys() - settings.keys()) == list(settings.keys() - found.keys()) == []
    assert {key: value or None for key, value in found.items()} == {
        key: value or None for key, value in settings.items()
    }


def test_an_option_of_a_sampler_is_one_word():
    assert node("sweep=gp", "sweep.sampler.acquisition=ucb")["sampler"]["acquisition"] == "ucb"
    (message,) = wrong("sweep=gp", "sweep.sampler.acquisition=lcb")
    assert message.startswith("sweep.sampler.acquisition must be one of ei, logei, pi, ucb")


@pytest.mark.parametrize("name", ["grid", "gp", "bayes"])
def test_any_sampler_of_optuna_brings_its_own_options(name):
    import optuna

    words = (f"sweep={name}", "sweep.sampler._target_=optuna.samplers.RandomSampler")
    found = node(*words)
    assert found["sampler"] == {"_target_": "optuna.samplers.RandomSampler"}
    made = make(DictConfig(found["sampler"]), seed=1, space=None)
    assert isinstance(made, optuna.samplers.RandomSampler)


@pytest.mark.parametrize("name", ["grid", "random", "qmc"])
def test_designs_are_built_from_their_nodes(name):
    from runner.sweep.sampler.design import Design

    assert isinstance(make(DictConfig(node(f"sweep={name}")["sampler"]), seed=1, space=None), Design)


def test_values_are_checked_by_the_signature():
    good = ("sweep.trials=5", "sweep.jobs=auto", "sweep.budget=2h", "sweep.trial_timeout=90", "sweep.zip=[[a,b]]")
    assert wrong(*good, "sweep.confirm={top:3,seeds:5}", "sweep.storage='sqlite:///x.db'", "sweep.name=first") == []
    bad = (
        "sweep.trials=0",
        "sweep.jobs=many",
        "sweep.seed=-1",
        "sweep.zip=[a,b]",
        "sweep.confirm={top:0}",
        "sweep.retries=x",
    )
    assert [message.partition(" ")[0] for message in wrong(*bad)] == [
        "sweep.trials",
        "sweep.seed",
        "sweep.zip[0]",
        "sweep.zip[1]",
        "sweep.jobs",
        "sweep.confirm.top",
        "sweep.retries",
    ]
