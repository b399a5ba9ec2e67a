import pytest
from omegaconf import OmegaConf

from runner.explain.reference import references


@pytest.mark.parametrize(
    ("text", "key", "keys"),
    [
        ("${epochs}", ("seed",), [("epochs",)]),
        ("${model.widths[0]}", ("seed",), [("model", "widths", "0")]),
        ("${.depth}", ("model", "width"), [("model", "depth")]),
        ("${..epochs}", ("model", "width"), [("epochs",)]),
        ("a${a.b}c${ d }", ("x",), [("a", "b"), ("d",)]),
        ("plain", ("x",), []),
        (3, ("x",), []),
    ],
)
def test_keys(text, key, keys):
    assert [one.key for one in references(text, key)] == keys


def test_lists_and_resolvers():
    assert [one.key for one in references(["${a}", 1, "${.b}"], ("m", "list"))] == [("a",), ("m", "list", "b")]
    (one,) = references("${oc.env:HOME,none}", ("x",))
    assert (one.text, one.key, one.about) == ("${oc.env:HOME,none}", None, "the environment variable HOME, or none")
    (one,) = references("${runner.id:}", ("x",))
    assert one.about == "the resolver runner.id"


@pytest.mark.parametrize("text", ["${a.b}", "${.c}", "${..d}", "${a.list[1]}"])
def test_what_is_meant_is_what_omegaconf_reads(text):
    cfg = OmegaConf.create({"a": {"b": 1, "c": 2, "x": text, "list": [3, 4]}, "d": 5})
    (one,) = references(text, ("a", "x"))
    assert OmegaConf.select(cfg, ".".join(one.key)) == cfg.a.x
