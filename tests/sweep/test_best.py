"""The recipe of the winner: it composes to what the trial trained with, wherever it lies."""

import shutil

import pytest
import yaml

from runner.compose import hydra_for, of_training, read_command
from runner.configuration import composed
from runner.secret import masked
from runner.sweep.best import nearest_choice, recipe, write_best
from runner.sweep.results import read_results
from tests.sweep import made

TINY = ["dataset=noise", "dataset.samples=96", "model=mlp", "model.widths=[8]", "epochs=2", "batch_size=16"]
MINE = "class Net:\n    def __init__(self, in_shape, classes, size: int = 3): ...\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def config(*words):
    """What a run of these words writes down."""
    from runner.check.composition import compose, for_hydra
    from runner.check.override import read_overrides
    from runner.check.settle import settle

    command = read_command(list(words))
    with hydra_for(command) as loader:
        good = read_overrides(command.overrides, loader, multirun=False).good
        cfg = compose(command.name, for_hydra(good, loader))
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
]


@pytest.mark.parametrize("words", SENTENCES, ids=lambda words: " ".join(words) or "defaults")
def test_it_composes_to_the_same(here, words):
    wanted = config(*words)
    text = recipe(wanted, ["measured"])
    assert text.startswith("# measured\ndefaults:\n  - /config\n")
    assert again(text, here) == wanted


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
    wanted = config("mine.yaml", "--config-dir", str(parts), "model=mine", "model.size=5")
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


@pytest.mark.slow
def test_the_trained_winner_and_its_recipe(here):
    from runner.train import train
    from tests.support import config as tiny

    folder = here / "outputs" / "s"
    study, confirmed = made.study(folder), made.study(folder, suffix="/confirm")
    for number, lr in enumerate(("0.5", "0.01")):
        words = [f"optimizer.lr={lr}", "optimizer=sgd", "callback=[record]"]
        run = folder / "trials" / str(number)
        run.mkdir(parents=True)
        summary = train(of_training(tiny(*words)), run, words)
        made.add(study, value=summary["value"] + number, texts={"optimizer.lr": lr, "optimizer": "sgd"})
    for seed, value in enumerate((0.5, 0.6), 1):
        made.add(confirmed, value=value, of=1, seed=seed)
    path = write_best(folder, read_results(study, confirmed))
    assert path == folder / "best.yaml"
    first, second = path.read_text().splitlines()[:2]
    mean = "valid/accuracy 0.5500 +- 0.0707 (mean and standard deviation over 2 seeds)"
    assert first.startswith(f"# s, trial 1: {mean}, the best of 2 finished, 20")
    assert second == "#   runner outputs/s/best.yaml"
    moved = here / "elsewhere"
    moved.mkdir()
    assert again(path.read_text(), moved) == yaml.safe_load((folder / "trials" / "1" / "config.yaml").read_text())
    assert composed(["elsewhere/winner.yaml"])[1] == [], "it passes the check, and could be trained"


def test_nothing_finished_no_recipe(here):
    study = made.study(here / "s")
    made.add(study, "FAIL")
    assert write_best(here / "s", read_results(study)) is None
    assert not (here / "s" / "best.yaml").exists()


def test_of_several_objectives_the_front_is_named(here):
    study = made.study(here / "s", objectives=["valid/accuracy", "params"], directions=["maximize", "minimize"])
    for values in ([0.9, 100.0], [0.8, 50.0], [0.7, 60.0]):
        made.add(study, value=values)
    from omegaconf import OmegaConf

    path = write_best(here / "s", read_results(study), OmegaConf.create(config(*TINY)))
    head = path.read_text().splitlines()[0]
    assert head.startswith(
        "# s, trial 0: valid/accuracy 0.9, params 100; the best by the first objective, on a front with #1"
    )
