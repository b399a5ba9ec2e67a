"""The account of a key, as values."""

import pytest

from runner.explain.account import NoSuchKey, account, line
from tests.explain.conftest import WORDS


def told(found, name):
    """Each event of a key, newest first: what it was, where, and why."""
    return [(one.get("value"), one["place"], one["why"]) for one in account(found, name)["history"]]


def test_every_layer_of_a_key(four, traced):
    found = traced(*WORDS)
    assert told(found, "optimizer.lr") == [
        (0.4, "optimizer.lr=0.4", "command line"),
        (0.3, "child.yaml:10", ""),
        (0.2, "base.yaml:12", "inherited at child.yaml:3"),
        (0.5, "mine/optimizer/steady.yaml:3", "optimizer=steady, chosen at child.yaml:4"),
    ]
    assert told(found, "epochs") == [(7, "base.yaml:10", "inherited at child.yaml:3"), (30, *packaged(found, "epochs"))]
    known = account(found, "optimizer.lr")
    assert (known["value"], known["type"], known["about"]) == (0.4, "a number > 0", "Learning rate.")


def packaged(found, key):
    """Where conf/config.yaml says a key, and who brought it in."""
    event = found.replay.history[(key,)][0]
    assert "conf/config.yaml:" in event.place
    return event.place, "inherited at base.yaml:3"


def test_who_chose_a_part(four, traced):
    found = traced(*WORDS)
    choices = account(found, "model")["choices"]
    assert [(one["value"], one["place"].rpartition("/")[2], one["how"]) for one in choices] == [
        (("cnn",), "model=cnn", "command line"),
        (("gru",), "child.yaml:5", "override"),
        (("lstm",), "base.yaml:6", "override"),
        (("gru",), "rows.yaml:4", "override"),
        (("cnn",), "config.yaml:5", "default"),
    ]
    images = account(found, "dataset@dataset.images")
    assert images["key"] == "dataset.images" == account(found, "dataset.images")["key"]
    assert [one["value"] for one in images["choices"]] == [("digits",), ("kmnist",), ("digits",)]
    assert {one["key"] for one in images["keys"]} >= {"dataset.images.valid", "dataset.images.augment"}


def test_callbacks_are_told_one_by_one(four, traced):
    found = traced(*WORDS)
    assert told(found, "callback.ema.decay")[0] == (0.5, "callback.ema.decay=0.5", "command line")
    assert line(found, ("callback", "ema", "warmup"))["why"] == "callback=ema, +callback=ema (command line)"
    again = traced("+callback=ema", "callback=[record]", "+callback=tta")
    assert [one["value"] for one in account(again, "callback")["choices"]][:2] == [
        ("record", "ema", "tta"), ("record", "ema"),
    ]  # fmt: skip
    assert {name: line(again, ("callback", name, "_target_"))["why"] for name in ("ema", "record", "tta")} == {
        "ema": "callback=ema, +callback=ema (command line)",
        "record": "callback=record, callback=[record] (command line)",
        "tta": "callback=tta, +callback=tta (command line)",
    }
    gone = account(found, "callback.mlflow.uri")
    assert gone["state"] == "gone"
    assert gone["history"][0] == {"what": "removed", "place": "~callback.mlflow", "why": "command line"}


def test_callbacks_that_are_added_to_those_of_a_recipe(tmp_path, monkeypatch, traced):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").write_text("defaults:\n  - config\n  - override /callback: [record]\n  - _self_\n")
    found = traced("own.yaml", "+callback=ema", "callback.ema.decay=0.5")
    assert list(found.cfg.callback) == ["record", "ema"]
    assert [(one["value"], one["place"]) for one in account(found, "callback")["choices"]][:2] == [
        (("record", "ema"), "+callback=ema"), (("record",), "own.yaml:3"),
    ]  # fmt: skip
    assert told(found, "callback.ema.decay")[0] == (0.5, "callback.ema.decay=0.5", "command line")
    assert line(found, ("callback", "record", "_target_"))["why"] == "callback=record, chosen at own.yaml:3"


def test_what_an_interpolation_refers_to(four, traced):
    found = traced("child.yaml", "--config-dir", "mine")
    known = account(found, "optimizer.weight_decay")
    assert (known["value"], known["resolved"]) == ("${optimizer.lr}", 0.3)
    (refers,) = known["refers"]
    assert (refers["key"], refers["value"], refers["place"]) == ("optimizer.lr", 0.3, "child.yaml:10")
    assert account(found, "batch_size")["resolved"] == 7


def test_what_settling_takes_away(traced):
    found = traced("model._target_=runner.model.mlp.MLP")
    known = account(found, "model.depth")
    assert known["state"] == "gone"
    assert known["history"][0]["place"] == "the signature of runner.model.mlp.MLP"
    assert known["history"][0]["why"] == "it has no such key"
    assert {one["key"] for one in account(found, "model")["gone"]} >= {"model.depth", "model.batch_norm"}
    assert known["history"][1]["value"] == 2


def test_a_default_that_nobody_set(traced):
    known = account(traced(), "optimizer.freeze")
    assert (known["state"], known["value"]) == ("default", None)
    assert "optimizer/adamw.py:" in known["history"][0]["place"]


def test_a_key_with_dots_of_its_own_and_an_element(traced):
    found = traced("sweep.space={optimizer.lr: 'interval(1,2)'}", "model.widths.0=5")
    assert account(found, "sweep.space.optimizer.lr")["value"] == "interval(1,2)"
    for name in ("model.widths.0", "model.widths[0]"):
        known = account(found, name)
        assert (known["key"], known["value"]) == (name, 5)
        assert [event["value"] for event in known["history"]] == [5, 32]
        assert known["about"].startswith("Channels of each stage")


def test_elements_of_nested_lists_and_entries_of_mappings(traced):
    found = traced(
        "dataset.augment.sizes=[[0,16],[5,28]]", "expect={test/accuracy: '>= 0.9'}",
        "sweep.space={optimizer.lr: 'interval(1,2)'}",
    )  # fmt: skip
    assert account(found, "dataset.augment.sizes[1][0]")["value"] == 5
    assert account(found, "dataset.augment.sizes.1")["value"] == [5, 28]
    for name in ("dataset.augment.sizes[2]", "dataset.augment.sizes[0][2]", "dataset.augment.sizes.0.0.0"):
        with pytest.raises(NoSuchKey, match=r"no element .*: dataset.augment.sizes is \[\[0, 16\], \[5, 28\]\]"):
            account(found, name)
    assert account(found, "expect.test/accuracy")["value"] == ">= 0.9"
    assert account(found, "expect.test/accuracy")["about"].startswith("what must come out")
    assert account(found, "sweep.space.optimizer.lr")["about"].startswith("What is searched")
    assert "history" not in account(found, "expect"), "an empty mapping that was filled says nothing"
    assert "searched" not in account(found, "optimizer.lr"), "this is no search"


def test_what_is_deleted_as_a_whole(traced):
    found = traced("~callback.mlflow")
    removed = {"place": "~callback.mlflow", "why": "command line"}
    known = account(found, "callback.mlflow")
    assert (known["state"], known["history"]) == ("gone", [{"what": "removed", **removed}])
    assert account(found, "callback")["gone"] == [{"key": "callback.mlflow", **removed}]
    assert "gone" not in account(found, "model")


def test_what_a_search_tries(traced):
    space = "sweep.space={optimizer.lr: 'interval(1,2)'}"
    known = account(traced("-m", "sweep=bayes", space), "optimizer.lr")
    assert (known["searched"], known["searched_by"]) == ("interval(1,2)", space)


def test_secrets_are_masked(traced, monkeypatch):
    found = traced("callback.mlflow.uri=postgresql://me:secret@host/db")
    assert "secret" not in str(account(found, "callback.mlflow.uri"))
    monkeypatch.setenv("STORE", "hidden")
    known = account(traced("callback.mlflow.uri=${oc.env:STORE}"), "callback.mlflow.uri")
    assert "hidden" not in str(known)
    assert known["refers"][0]["about"] == "the environment variable STORE"


def test_what_is_not_there(traced):
    found = traced()
    for name, text in (
        ("modle", "no key modle: did you mean model?"),
        ("optimizer.lrr", "did you mean optimizer.lr?"),
        ("model.classes", "model.classes comes from the dataset"),
        ("modle.widths", "did you mean model.widths?"),
        ("callback.ema.decay", "callback.ema is not in this run, to add it write .callback=ema"),
        ("callback.emma", "no key callback.emma"),
        ("hydra.run.dirr", "did you mean hydra.run.dir?"),
        ("dataset@dataset.images.valid", "no key dataset@dataset.images.valid"),
        ("test/accuracy", "no key test/accuracy"),
    ):
        with pytest.raises(NoSuchKey, match=text.replace("?", r"\?")):
            account(found, name)


def test_a_searched_key_has_its_first_value(traced):
    found = traced("-m", "optimizer.lr=0.1,0.2", "model=mlp,cnn")
    known = account(found, "optimizer.lr")
    assert (known["searched"], known["value"]) == ("0.1,0.2", 0.1)
    assert known["history"][0]["place"] == "optimizer.lr=0.1,0.2"
    assert account(found, "model")["choices"][0]["place"] == "model=mlp,cnn"
