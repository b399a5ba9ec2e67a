import pytest

from runner.trust.tree import interpolations, targets, unlike_a_run


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


SECRET = {
    "api_key": "***",
    "password": "${oc.env:PASSWORD}",
    "place": "/data",
    "alias": "${password}",
    "path": "${place}/${api_key}",
}


@pytest.mark.parametrize(
    "text",
    ["plain", "a: b", "${oc.env:HOME}/x", "${api_key}", "${password}", "${alias}", "${path}", "${place}/${alias}"],
)
def test_what_a_run_writes_down(text):
    assert unlike_a_run({**SECRET, "model": {"x": [text]}}) == []


@pytest.mark.parametrize(
    "text",
    [
        "${place}",
        "${nothing}",
        "${eval:'1'}",
        "${path}${path}",
        "${api_key}${runner.id:}",
        "${x}",
        "${ api_key }",
        "${y}",
    ],
)
def test_what_no_run_writes_down(text):
    assert unlike_a_run({**SECRET, "x": text, "y": "${x}"})[0] == "x"
