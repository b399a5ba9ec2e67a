"""What a worker is told, and how a trial of a search becomes a training."""

import pickle

import optuna

from runner.command import Command
from runner.sweep.choice import Choice
from runner.sweep.interval import Interval
from runner.sweep.order import BROKEN, FAILED, SPOILT, Order, Searching, Work
from runner.sweep.place import Place
from runner.sweep.settings import Settings
from runner.sweep.space import Space

SPACE = Space((Choice("model", ("model",), (("cnn",), ("mlp",))), Interval("lr", ("optimizer.lr",), 0.0, 1.0)))


def test_a_trial_is_a_point_of_the_space_in_a_folder_of_its_number():
    study = optuna.create_study()
    study.enqueue_trial({"model": "mlp", "lr": 0.25})
    assert Searching(SPACE, 3).work(study.ask()) == Work(["model=mlp", "optimizer.lr=0.25"], "trials/0", 3)


def test_an_order_survives_the_way(tmp_path):
    command = Command(recipe=tmp_path / "r.yaml", overrides=("a=1,2",), multirun=True)
    order = Order(command, Place.at(tmp_path), Searching(SPACE), Settings({"_target_": "x"}), ["valid/loss"], 5, "me")
    assert pickle.loads(pickle.dumps(order)) == order


def test_exit_codes_are_told_from_one_another_and_from_pythons():
    assert len({0, 1, 2, FAILED, SPOILT, BROKEN, 130, 143}) == 8
