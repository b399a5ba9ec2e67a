"""A configuration as a recipe: it composes to the same, wherever it lies."""

import shutil

import pytest
import yaml

from runner.command import read_command
from runner.compose import hydra_for, of_training
from runner.home import CONF
from runner.recipe import nearest_choice, recipe
from runner.secret import masked

MINE = "class Net:\n    def __init__(self, in_shape, classes, size: int = 3): ...\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def config(*words):
    """What a run of these words writes down."""
    from runner.check.composition import compose
    from runner.check.meant import for_hydra
    from runner.check.override import read_overrides
    from runner.check.settle import settle

    command = read_command(list(words))
    with hydra_for(command) as loader:
        good = read_overrides(command.overrides, loader, multirun=False).good
        cfg = compose(command.name, for_hydra(good, loader, command.name))
        settle(cfg, list(command.overrides))
    return masked(of_training(cfg))


def again(text, folder):
    """What a run of the recipe writes down."""
    path = folder / "winner.yaml"
    path.write_text(text)
    return config(str(path))


SENTENCES = [
    [],
    ["dataset=diabetes", "optimizer=sgd", "optimizer.lr=1e-5", "optimizer.momentum=0.5"],
    ["model=resnet34", "dataset.augment.crop=2", "+optimizer.freeze=null", "schedule=plateau"],
    ["callback=[record,ema]", "callback.ema.decay=0.9", "debug=smoke"],
    ["~callback.mlflow", "+callback=early_stopping", "~dataset.augment", "objective=train/loss"],
    ["dataset=rows", "dataset@dataset.images=digits", "dataset.images.valid=0.2", "model=lstm"],
    ["model.widths=[3,4,5]", "expect={test/accuracy: '>= 0.1'}", "hardware.clip_norm=1", "seed=7"],
    ["dataset=csv", "dataset.path=t.csv", "dataset.target=price", "task=regression"],
]
MORE = [
    ["dataset=image_folder", "dataset.folder=pictures"],
    ["dataset=text_folder", "dataset.path=mails"],
    ["dataset=rows", "dataset@dataset.images=image_folder", "dataset.images.folder=pictures", "model=lstm"],
]


@pytest.mark.parametrize(
    "words",
    [*SENTENCES, *(pytest.param(words, marks=pytest.mark.siege) for words in MORE)],
    ids=lambda words: " ".join(words) or "defaults",
)
def test_it_composes_to_the_same(here, words):
    wanted = config(*words)
    text = recipe(wanted, ["measured"])
    assert text.startswith("# measured\ndefaults:\n  - /config\n")
    assert again(text, here) == wanted


def test_no_choice_is_left_out_whose_keys_have_to_be_said():
    asking = {path.stem for path in (CONF / "dataset").glob("*.yaml") if "???" in path.read_text()}
    assert {f"dataset={name}" for name in asking} <= {word for words in [*SENTENCES, *MORE] for word in words}
    assert not [path for path in CONF.glob("*/*.yaml") if "???" in path.read_text() and path.parent.name != "dataset"]


def test_only_what_differs_is_said_and_what_was_searched(here):
    wanted = config("model=mlp", "epochs=3")
    text = recipe(wanted, [], ["optimizer.lr", "model", "model.widths", "never.there"])
    loaded = yaml.safe_load(text)
    assert loaded.pop("defaults") == [
        "/config",
        *({f"override /{group}": choice} for group, choice in {
            "dataset": "digits", "model": "mlp", "task": "classification", "optimizer": "adamw",
            "schedule": "onecycle", "hardware": "auto",
        }.items()),
        {"override /callback": ["progress", "mlflow", "record", "checkpoint"]},
        "_self_",
    ]  # fmt: skip
    assert loaded == {
        "epochs": 3,
        "model": {"widths": wanted["model"]["widths"]},
        "optimizer": {"lr": wanted["optimizer"]["lr"]},
    }


def test_a_part_of_one_s_own_and_a_recipe_of_one_s_own_need_not_be_there_any_more(here, monkeypatch):
    monkeypatch.syspath_prepend(here)
    (here / "mynet.py").write_text(MINE)
    parts = here / "parts"
    (parts / "model").mkdir(parents=True)
    (parts / "model" / "mine.yaml").write_text("_target_: mynet.Net\nsize: 4\n")
    (here / "base.yaml").write_text("defaults: [/config, override /dataset: wine, _self_]\nepochs: 4\n")
    (here / "mine.yaml").write_text("defaults: [base, _self_]\nbatch_size: 32\n")
    (parts / "dataset").mkdir()
    (parts / "dataset" / "own.yaml").write_text("_target_: runner.dataset.csv.csv\npath: ???\ntarget: price\n")
    said = ["dataset=own", "dataset.path=t.csv", "model=mine", "model.size=5"]
    wanted = config("mine.yaml", "--config-dir", str(parts), *said)
    assert wanted["model"] == {"_target_": "mynet.Net", "size": 5}
    shutil.rmtree(parts)
    (here / "base.yaml").unlink()
    (here / "mine.yaml").unlink()
    text = recipe(wanted, [])
    assert again(text, here) == wanted
    assert "override /model: null" in text


def test_texts_that_look_like_numbers_stay_texts(here):
    wanted = config("+callback.x={_target_: a.B, text: '1e-3', other: 'no', number: 1e-3}")
    text = recipe(wanted, [])
    assert again(text, here)["callback"]["x"] == {"_target_": "a.B", "text": "1e-3", "other": "no", "number": 0.001}


def test_secrets_are_not_written_but_asked_for(here, monkeypatch):
    monkeypatch.setenv("TOKEN_OF_MINE", "hush")
    wanted = config("+callback.x={_target_: a.B, password: hush}", "+callback.x.token=${oc.env:TOKEN_OF_MINE}")
    text = recipe(wanted, [])
    assert "hush" not in text
    assert "${oc.env:TOKEN_OF_MINE}" in text
    assert "# callback.x.password is a secret that was not written down: give it again\n" in text


def test_the_nearest_choice_is_the_one_with_most_of_the_values():
    node = config("model=resnet34")["model"]
    assert nearest_choice("model", node) == "resnet34"
    assert nearest_choice("model", {**node, "small_stem": False}) == "resnet34"
    assert nearest_choice("model", {"_target_": "torch.nn.Identity"}) is None
    assert nearest_choice("model", None) is None
