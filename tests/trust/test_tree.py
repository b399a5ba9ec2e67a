import pytest

from runner.trust.tree import interpolations, targets


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        ({"a": {"_target_": "x"}}, ["a._target_=x"]),
        ({"_target_": "x", "a": {"_target_": "y"}}, ["_target_=x", "a._target_=y"]),
        ({"a": [[{"_target_": "x"}]]}, ["a[0][0]._target_=x"]),
        ({"a": {"_target_": "x", "_args_": [{"_target_": "y"}]}}, ["a._target_=x", "a._args_[0]._target_=y"]),
        ({"a": {"_target_": ["x"], "_partial_": True}}, ["a._target_=['x']"]),
        ({"a": {"_target_": {"_target_": "x"}}}, ["a._target_={'_target_': 'x'}", "a._target_._target_=x"]),
        (
            {"a": {"_target_": "hydra.utils.get_class", "path": "os.x"}},
            ["a._target_=hydra.utils.get_class", "a.path=os.x"],
        ),
        ({"a": {"_target_": "hydra.utils.get_class", "_args_": 3}}, ["a._target_=hydra.utils.get_class", "a._args_=3"]),
        ({"a": "_target_"}, []),
        (None, []),
    ],
)
def test_targets_are_found_wherever_they_are(tree, found):
    assert [f"{key}={target}" for key, target in targets(tree)] == found


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("${oc.env:HOME}", {"HOME"}),
        ("${oc.env:A}/${oc.env:B,default}", {"A", "B"}),
        ("${oc.env:${name}}", set()),
        ("${oc.decode:${oc.env:A}}", set()),
        ("${oc.env:A,${oc.env:B}}", set()),
        ("${runner.id:}", set()),
        ("${${a}:x}", set()),
        ("${ oc.env:A }", set()),
        ("\\${oc.env:A}", {"A"}),
    ],
)
def test_what_computes_is_told_from_what_reads_a_variable(text, variables):
    assert list(interpolations({"key": [text]})) == [("key[0]", text, variables)]


@pytest.mark.parametrize("text", ["plain", "a: b", "s3://bucket/x", "${epochs}", "${a.b}", "x:${a}", 3, None])
def test_other_texts_are_neither(text):
    assert list(interpolations({"key": text})) == []
