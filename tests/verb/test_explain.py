"""``runner explain``: what is printed, word for word."""

import json

import pytest

from runner.verb import explain
from tests.explain.conftest import WORDS, four, place  # noqa: F401


@pytest.fixture
def said(four, capsys):  # noqa: F811
    """Run the verb in the folder of four layers, and return what it printed: the package's own folder as PACKAGE."""

    def run(*words, code=0):
        from runner.home import CONF

        assert explain.main(list(words)) == code
        printed = capsys.readouterr()
        return (printed.err if code else printed.out).replace(str(CONF.parent), "PACKAGE")

    return run


def test_a_key_of_four_layers(said):
    assert said("optimizer.lr", *WORDS) == (
        "optimizer.lr=0.4\n"
        "  set       from the command line: optimizer.lr=0.4\n"
        "  replaced  0.3 from child.yaml:10\n"
        "  replaced  0.2 from base.yaml:12 (inherited at child.yaml:3)\n"
        "  replaced  0.5 from mine/optimizer/steady.yaml:3 (optimizer=steady, chosen at\n"
        "            child.yaml:4)\n"
        "  type      a number > 0\n"
        "  about     Learning rate.\n"
    )


def test_a_part_of_another_group_and_an_interpolation(said):
    text = said("dataset@dataset.images", "batch_size", "child.yaml", "--config-dir", "mine")
    first, second = text.split("\n\n")
    assert first.splitlines()[:2] == [
        "dataset.images",
        "  choice    dataset@dataset.images=kmnist from base.yaml:5",
    ]
    assert "  dataset.images.augment=null                 child.yaml:11" in first.splitlines()
    assert " ".join(second.split()).startswith(  # where it is folded depends on how long the package's path is
        "batch_size=${epochs} comes to 7"
        " set from base.yaml:11 (inherited at child.yaml:3)"
        " replaced 64 from PACKAGE/conf/config.yaml:18 (inherited at base.yaml:3)"
        " refers to epochs=7 from base.yaml:10 (inherited at child.yaml:3)"
    )


def test_a_key_of_a_default_an_inherited_recipe_the_recipe_and_the_command(said):
    given = ("child.yaml", "--config-dir", "mine", "seed=4", "++seed=5")
    assert " ".join(said("seed", *given).split()) == (
        "seed=5 set from the command line: ++seed=5 replaced 4 from the command line: seed=4"
        " replaced 3 from child.yaml:8 replaced 0 from PACKAGE/conf/config.yaml:19 (inherited at base.yaml:3)"
        " type a whole number >= 0 about of weights, order and augmentation; the split has its own"
    )


def test_a_key_in_a_package(said):
    words = ("child.yaml", "--config-dir", "mine", "dataset@dataset.images=digits", "dataset.images.valid=0.5")
    assert " ".join(said("dataset.images.valid", *words).split()).startswith(
        "dataset.images.valid=0.5 set from the command line: dataset.images.valid=0.5"
        " replaced 0.15 from PACKAGE/conf/dataset/digits.yaml:3 (dataset@dataset.images=digits, command line)"
        " type a number >= 0 and < 1"
    )


def test_a_part_that_is_deleted_an_element_and_what_is_searched(said):
    assert "  removed   callback.mlflow from the command line: ~callback.mlflow\n" in said(
        "callback", "~callback.mlflow"
    )
    assert said("model.widths[1]", "model.widths=[8,9]").startswith("model.widths[1]=9\n")
    space = "sweep.space={optimizer.lr: 'interval(1,2)'}"
    lines = said("optimizer.lr", "-m", "sweep=bayes", space).splitlines()
    assert " ".join(lines[1:3]).startswith("  searched  interval(1,2) from sweep.space={optimizer.lr:")


def test_what_is_deleted_and_added(said):
    assert said("callback.mlflow.patience", "~callback.mlflow").splitlines()[:2] == [
        "callback.mlflow.patience: not there",
        "  removed   from the command line: ~callback.mlflow",
    ]
    assert said("optimizer.freeze", "+optimizer.freeze=[a]").splitlines()[:2] == [
        'optimizer.freeze=["a"]',
        "  set       from the command line: +optimizer.freeze=[a]",
    ]


def test_every_key_in_a_line(said):
    lines = said("child.yaml", "--config-dir", "mine").splitlines()
    assert "seed=3                                      child.yaml:8" in lines
    assert not [line for line in lines if line.startswith("hydra")]
    assert max(map(len, lines)) <= 120, "only a path that is longer than a line is longer"


def test_json(said):
    (known,) = json.loads(said("--json", "optimizer.lr", *WORDS))
    assert (known["key"], known["value"], len(known["history"])) == ("optimizer.lr", 0.4, 4)
    rows = json.loads(said("--json", "seed=9"))
    assert {"key": "seed", "value": 9, "place": "seed=9", "why": "command line"} in rows


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["optimizer.lrr"], "no key optimizer.lrr: did you mean optimizer.lr?"),
        (["seed", "no.yaml"], "no recipe no.yaml"),
        (["seed", "--cfg", "job"], "--cfg is for trainings"),
    ],
)
def test_mistakes(said, words, text):
    printed = said(*words, code=2)
    assert text in printed
    assert "Traceback" not in printed


def test_nothing_is_made(said, four):  # noqa: F811
    assert "comes to  outputs/<id>\n" in said("hydra.run.dir")
    assert not (four / "outputs").exists()
