"""The three lines of a notebook: compose, train, load."""

import builtins
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

import runner
from runner import Mistakes, Result, compose, load, train
from runner.callback.base import Callback
from runner.compose import PackagedConf
from runner.durable import read_json
from runner.home import CONF
from tests.conftest import ROOT

WORDS = (
    "dataset=noise",
    "dataset.samples=96",
    "model=mlp",
    "model.widths=[8]",
    "epochs=2",
    "callback=[record,checkpoint]",
)


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train(*WORDS, folder=tmp_path_factory.mktemp("place") / "run")


def test_importing_the_package_costs_nothing_and_its_names_stay():
    code = """
import sys, runner
heavy = lambda: {"torch", "hydra", "omegaconf", "numpy", "mlflow", "optuna"} & set(sys.modules)
assert not heavy(), heavy()
import runner.compose
from runner import compose, load, train
from runner.compose import hydra_for
from runner.train import work
assert "torch" in sys.modules and "mlflow" not in sys.modules
assert runner.compose is compose and runner.train is train and callable(load)
assert {"compose", "train", "load"} <= set(dir(runner))
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = runner.trian


def test_a_configuration_is_checked_like_a_command():
    cfg = compose(*WORDS)
    assert (cfg.epochs, cfg.model.widths) == (2, [8])
    assert "hydra" not in cfg
    with pytest.raises(Mistakes) as caught:
        compose("modle=cnn", "epochs=0")
    told = {(problem.message, problem.place) for problem in caught.value.problems}
    assert told == {
        ("epochs must be >= 1, got 0", "epochs=0"),
        ("unknown key modle: did you mean model?", "modle=cnn"),
    }
    assert "did you mean model?\n  --> modle=cnn" in str(caught.value)
    for word in ("-m", "hydra.run.dir=here", "+hydra.verbose=true", "needed=true"):
        with pytest.raises(Mistakes, match="is for the command line"):
            compose(word)
    assert not os.listdir()


@pytest.mark.parametrize("thing", [torch.nn.Linear, {"epochs": 2}, ["epochs=2"], None])
def test_what_is_no_word_is_refused_and_not_left_out(thing):
    for call in (compose, train):
        with pytest.raises(TypeError, match=rf"overrides are texts, .*, got {type(thing).__name__}"):
            call(thing)
    assert not os.listdir()
    with pytest.raises(TypeError, match=r"a class is named, 'model._target_=tests.test_api.Net'"):
        train(Net)


def test_recipes_and_groups_of_ones_own(tmp_path):
    assert compose(recipe="recipes/digits_cnn.yaml").dataset._target_.endswith("digits")
    (tmp_path / "mine" / "model").mkdir(parents=True)
    (tmp_path / "mine" / "model" / "small.yaml").write_text("_target_: runner.model.mlp.MLP\nwidths: [3]\n")
    assert compose("model=small", config_dir="mine").model.widths == [3]
    with pytest.raises(Mistakes, match="no recipe nothing"):
        compose(recipe="nothing.yaml")


def test_a_run_its_metrics_and_its_model(run):
    assert run.summary["status"] == "finished"
    both = run.summary["metrics"]
    assert both["best"].items() <= run.metrics.items()
    assert run.metrics["final.train/loss"] == both["final"]["train/loss"]
    assert 0 <= run.metrics["test/accuracy"] <= 1
    assert [row["epoch"] for row in run.history if "valid/loss" in row] == [1, 2]
    assert (run.id, run.missed) == ("run", [])
    assert repr(run).startswith("<run run: finished, valid/accuracy=0.")
    assert not run.model.training
    best = torch.load(run.folder / "checkpoints" / "best.pt", weights_only=True)["model"]
    assert all(torch.equal(value, best[key]) for key, value in run.model.state_dict().items())


def test_a_run_is_brought_back(run):
    again = load(run.folder)
    assert isinstance(again, Result)
    assert (again.config.epochs, again.metrics) == (2, run.metrics)
    with pytest.raises(ValueError, match="no run 'nothing'"):
        load("nothing")


def test_predictions_of_a_part_and_of_a_batch(run):
    rows = run.predict("test")
    assert (len(rows), set(rows[0])) == (24, {"index", "target", "prediction", "probability"})
    stored = run._saved.splits.test.inputs
    for batch in (stored, np.asarray(stored)):
        assert [r["prediction"] for r in run.predict(batch)] == [r["prediction"] for r in rows]
    assert run.predict(["test"]) == rows
    with pytest.raises(ValueError, match=r"batches of shape \[n, 1, 8, 8\], got \[8, 8\]"):
        run.predict(stored[0, 0])
    with pytest.raises(ValueError, match="one batch, or names of files, got 2 things"):
        run.predict(stored, stored)


def said(result):
    return OmegaConf.to_container(OmegaConf.load(result.folder / "overrides.yaml"))


def test_what_was_changed_by_hand_is_checked_and_recorded():
    cfg = compose(*WORDS)
    cfg.epochs, cfg.model.widths = 1, [4]
    run = train(cfg)
    assert run.folder.parent.name == "outputs"
    assert load("latest").folder == run.folder
    assert said(run) == [*WORDS[:3], WORDS[5], "model.widths=[4]", "epochs=1"]
    assert cfg.epochs == 1
    cfg.epochs = -1
    with pytest.raises(Mistakes, match="epochs must be >= 1, got -1"):
        train(cfg)
    with pytest.raises(TypeError, match="not both"):
        train(compose(*WORDS), "epochs=2")
    with pytest.raises(ValueError, match="already holds a run"):
        train(*WORDS, folder=run.folder)
    assert list(run.folder.parent.glob("2*")) == [run.folder]


def test_a_copy_of_a_configuration_says_what_differs_from_the_defaults():
    cfg = OmegaConf.create(OmegaConf.to_container(compose(*WORDS)))
    words = said(train(cfg))
    assert {"epochs=2", "model.widths=[8]", "dataset.samples=96", "~callback.progress._target_"} <= set(words)


def test_hydra_of_the_program_around_is_as_it_was(run):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        outer, folders = GlobalHydra.instance().hydra, PackagedConf.folders
        train(compose(*WORDS, "epochs=1"))
        with pytest.raises(Mistakes):
            compose("epochs=0", config_dir=CONF)
        assert GlobalHydra.instance().hydra is outer
        assert PackagedConf.folders == folders
        assert hydra_compose("config", overrides=["epochs=7"]).epochs == 7
    assert not GlobalHydra.instance().is_initialized()


def test_threads_compose_and_train_side_by_side():
    found, handlers = {}, [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    def work(width):
        found[width] = train(compose(*WORDS, f"model.widths=[{width}]"), folder=f"run{width}")

    threads = [threading.Thread(target=work, args=(width,)) for width in (5, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {width: list(run.config.model.widths) for width, run in found.items()} == {5: [5], 6: [6]}
    assert all(run.summary["status"] == "finished" for run in found.values())
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


@pytest.mark.siege
def test_several_processes_are_started_from_any_thread():
    found = []
    words = (*WORDS, "hardware.processes=2", "hardware.device=cpu")
    thread = threading.Thread(target=lambda: found.append(train(*words, folder="run")))
    thread.start()
    thread.join()
    (run,) = found
    assert run.summary["status"] == "finished"
    assert read_json(run.folder / "environment.json")["processes"] == 2


class Presses(Callback):
    """Sends this process a signal at the end of the first epoch, once or twice."""

    def __init__(self, times: int = 1) -> None:
        self.times = times

    def epoch(self, run):
        if run.epoch == 1:
            for _ in range(self.times):
                os.kill(os.getpid(), signal.SIGINT)


class Net(torch.nn.Module):
    def __init__(self, in_shape: tuple[int, ...], classes: int, width: int = 8):
        super().__init__()
        size = torch.Size(in_shape).numel()
        self.layers = torch.nn.Sequential(
            torch.nn.Flatten(), torch.nn.Linear(size, width), torch.nn.Linear(width, classes)
        )

    def forward(self, inputs):
        return self.layers(inputs)


def test_a_class_of_the_notebook_is_a_part(monkeypatch):
    words = ("model._target_=__main__.Net", *WORDS[:2], *WORDS[4:])
    with pytest.raises(Mistakes, match=r"no 'Net' in this process .*, it is mynet\.Net everywhere"):
        compose(*words)
    monkeypatch.setattr(sys.modules["__main__"], "Net", Net, raising=False)
    run = train(*words, "model.width=3", folder="run")
    assert run.model.layers[1].out_features == 3
    assert type(load("run").model) is Net
    with pytest.raises(Mistakes, match=r"unknown key model.widht: did you mean model.width"):
        compose(*words, "model.widht=3")
    with pytest.raises(Mistakes, match=r"model.width must be a whole number, got 'a'"):
        compose(*words, "model.width=a")
    for word in ("hardware.processes=2", "batch_size=auto"):
        with pytest.raises(Mistakes, match=f"__main__.Net with {word}, which starts other processes"):
            train(*words, "hardware.device=cpu", word)
    assert sorted(os.listdir()) == ["latest", "run"]

    class Net2(Net):
        def __init__(self, in_shape, classes, depth: int = 1):
            super().__init__(in_shape, classes)

    monkeypatch.setattr(sys.modules["__main__"], "Net", Net2)  # the cell was changed and run again
    assert compose(*words, "model.depth=2").model.depth == 2


def test_a_file_that_was_changed_is_read_again(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(tmp_path)
    words = ("model._target_=edited_net.Net", *WORDS[:2], *WORDS[4:])
    path = tmp_path / "edited_net.py"
    with pytest.raises(Mistakes, match="no module 'edited_net'"):
        compose(*words)
    path.write_text("class Other: pass\n")
    with pytest.raises(Mistakes, match=r"no 'Net' in .*edited_net\.py: there is Other"):
        compose(*words)
    path.write_text("from tests.test_api import Net\n")
    assert compose(*words, "model.width=3").model.width == 3


def test_a_run_goes_on_in_the_same_session(run, tmp_path):
    first = train(*WORDS, folder="run")
    assert train(first).history == first.history  # nothing is left to do
    longer = train(load("run"), "epochs=3")
    assert (longer.folder, longer.config.epochs, longer.summary["epochs"]) == (first.folder, 3, 3)
    with pytest.raises(Mistakes, match=r"optimizer.lr=1 would change the past"):
        train(longer, "optimizer.lr=1")
    with pytest.raises(TypeError, match="got int"):
        train(longer, 4)
    with pytest.raises(TypeError, match="nothing but words"):
        train(longer, folder="elsewhere")
    with pytest.raises(ValueError, match=r"train\(load\('run'\)\) goes on with it"):
        train(*WORDS, folder="run")


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_the_run_and_not_the_session(times):
    words = (*WORDS, "+callback.presses._target_=tests.test_api.Presses", f"+callback.presses.times={times}")
    with pytest.raises(KeyboardInterrupt) as caught:
        train(*words, folder="stopped")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if times == 1:
        assert caught.value.__context__ is None  # a notebook shows all that it was raised from
        assert load("stopped").summary["status"] == "interrupted"
        assert torch.load("stopped/checkpoints/last.pt", weights_only=True)["epoch"] == 1


def test_what_a_part_raises_comes_out(capsys):
    with pytest.raises(ArithmeticError, match="the loss is nan"):
        train(*WORDS, "optimizer=sgd", "optimizer.lr=1e30", "schedule=constant", folder="failed")
    assert load("failed").summary["status"] == "failed"


def test_a_notebook_shows_plain_text(monkeypatch, capsys):
    class ZMQInteractiveShell:
        pass

    monkeypatch.setattr(builtins, "get_ipython", ZMQInteractiveShell, raising=False)
    train(*WORDS, "callback=[progress,record,checkpoint]", folder="run")
    text = capsys.readouterr().out
    assert "  1/2 " in text
    assert "finished in" in text
    assert "\x1b" not in text


@pytest.mark.siege
def test_a_program_that_uses_it_is_typed(tmp_path):
    program = """
from runner import Result, compose, load, train

cfg = compose("dataset=digits", recipe=None)
run: Result = train(cfg, folder="here")
number: float = run.metrics["test/accuracy"]
longer: Result = train(run, "epochs=60")
reveal_type(run.model)
reveal_type(load("latest").predict("test"))
compose(epochs=3)
"""
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, "-m", "mypy", str(tmp_path / "program.py")]  # strict, with the cache of `make lint`
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert 'Revealed type is "torch.nn.modules.module.Module"' in done.stdout
    assert "dict[" in done.stdout.partition("torch.nn")[2]
    assert 'Unexpected keyword argument "epochs" for "compose"' in done.stdout
    assert "Found 1 error" in done.stdout, done.stdout
