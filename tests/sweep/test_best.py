"""The recipe of the winner: it composes to what the trial trained with, wherever it lies."""

import pytest
import yaml

from runner.compose import of_training
from runner.configuration import composed
from runner.sweep.best import write_best
from runner.sweep.results import read_results
from tests.sweep import made
from tests.test_recipe import again, config

TINY = ["dataset=noise", "dataset.samples=96", "model=mlp", "model.widths=[8]", "epochs=2", "batch_size=16"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


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
