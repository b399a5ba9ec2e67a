import pytest
from hydra._internal import target_policy

from runner.check.definition import real_name
from runner.trust.foreign import packaged
from runner.trust.refused import HARMLESS, REFUSED, identity, refusal


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("torch.load", "pickles"),
        ("torch.hub.load", "pickles"),
        ("torch.jit.load", "pickles"),
        ("joblib.load", "pickles"),
        ("pandas.read_pickle", "pickles"),
        ("pathlib.Path.write_text", "writes"),
        ("pip.main", "programs"),
        ("torch.utils.cpp_extension.load", "programs"),
        ("os.system", "programs"),
        ("builtins.eval", "text"),
        ("logging.config.dictConfig", "text"),
    ],
)
def test_what_makes_code_of_data_is_refused_with_the_reason(target, why):
    assert why in refusal(target)


@pytest.mark.parametrize(
    "target", ["torch.nn.Linear", "torch.optim.Adam", "torchvision.models.resnet18", "mynet.MyNet"]
)
def test_what_does_not_is_not(target):
    assert refusal(target, real_name(target)) is None


@pytest.mark.parametrize("target", [*sorted(HARMLESS), "os.path.join"])
def test_what_only_computes_is_not(target):
    assert refusal(target) is None


def test_a_beginning_is_one_up_to_a_dot():
    assert refusal("os.remove")
    assert refusal("osmosis.remove") is None
    assert refusal("torch.loader.Loader") is None
    assert refusal("codecs.lookup") is None


def test_it_is_known_by_the_name_under_which_it_is_defined_too():
    assert real_name("torch.load") == "torch.serialization.load"
    assert refusal("runner.model.weights.torch.serialization.load") is None
    assert refusal("x", real_name("runner.model.weights.torch.load")) is None  # not imported there any more
    assert "pickles" in refusal("x", real_name("runner.state.torch.load"))


def test_it_is_known_by_what_it_turns_out_to_be():
    import os
    import pickle

    assert refusal(identity(os.system))
    assert refusal(identity(pickle.loads))
    assert refusal(identity(dict)) is None
    assert refusal(identity(object())) is None


def test_no_packaged_part_is_refused():
    assert {name: why for name in packaged() if (why := refusal(name, real_name(name)))} == {}


def test_what_hydra_lets_an_environment_variable_allow_is_refused_here():
    allowed = target_policy.DEFAULT_BLOCKLISTED_MODULES - {"_sitebuiltins.Quitter"}
    assert sorted(name for name in allowed if not refusal(name)) == []


def test_every_entry_is_a_name():
    assert all(part.isidentifier() for name in REFUSED for part in name.removesuffix(".").split("."))
