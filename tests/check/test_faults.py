"""Seeded faults: exit code 2, the way out named, no traceback, nothing created.

Some of every kind go through a process of their own, the others through the same program in this one.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
RECIPE = "defaults:\n  - config\n  - _self_\n"
STOPPING = """callback:
  early_stopping:
    _target_: runner.callback.early_stopping.EarlyStopping
    patience: ???
"""

FAULTS = {
    # the words of the command
    "group": ("modle=cnn", "unknown key modle: did you mean model?"),
    "choice": ("model=cnnn", "model=cnnn: no such model: did you mean cnn?"),
    "choice far off": ("optimizer=xyz", "there is adagrad, adam, adamw, lion, muon, nadam, rmsprop, sgd"),
    "two choices": ("model=[mlp,cnn]", "model takes one choice: to train each of them write -m model=mlp,cnn"),
    "target that is no name": ("model._target_=1", "missing: model._target_"),
    "weights that are not there": ("+model.weights=nothing.pt", "model.weights=nothing.pt: neither a file nor a run"),
    "nothing held out": ("dataset.valid=0", "dataset.valid=0 holds nothing out"),
    "expectation of no metric": ('expect={test/acuracy: ">= 1"}', "did you mean test/accuracy?"),
    "expectation of no form": ("expect={test/accuracy: high}", "'high' is no expectation"),
    "frozen by no name": ("+optimizer.freeze=[layer.*]", "optimizer.freeze: 'layer.*' matches no parameter"),
    "images for a model of sequences": ("model=gru", "use dataset=rows"),
    "classes for a regression": ("task=regression", "predicts numbers, the targets are labels of classes"),
    "too many classes": ("task=binary", "tells two classes apart, the dataset has 10"),
    "added choice": ("+callback=emma", "did you mean ema?"),
    "hydra choice": ("hydra/launcher=basik", "did you mean basic?"),
    "root key": ("epocs=3", "unknown key epocs: did you mean epochs?"),
    "root key added": ("+epocs=3", "did you mean epochs?"),
    "group of key": ("modle.depth=3", "unknown key modle.depth: did you mean model.depth?"),
    "key": ("model.dept=3", "did you mean model.depth?"),
    "key added": ("++optimizer.lrr=0.1", "did you mean optimizer.lr?"),
    "last part alone": ("lr=0.1", "unknown key lr: did you mean optimizer.lr?"),
    "nested key": ("dataset.augment.flp=0.5", "did you mean dataset.augment.flip?"),
    "callback": ("callback.mlfow.uri=x", "unknown key callback.mlfow: did you mean callback.mlflow?"),
    "callback that is off": ("callback.ema.decay=0.9", "to add it write +callback=ema"),
    "deletion": ("~callback.mlfow", "did you mean callback.mlflow?"),
    "hydra key": ("hydra.run.dirr=x", "did you mean hydra.run.dir?"),
    "syntax": ("model.widths=[1,", "the value of model.widths cannot be read"),
    "list without -m": ("model.depth=1,2", "a list of values needs -m; for a list write model.depth=[1,2]"),
    "range without -m": ("model.depth=range(1,3)", "a list of values needs -m"),
    "null choice": ("debug=null", "to leave the group out write ~debug"),
    "flag": ("--multi", "see: runner --help"),
    "recipe": ("recipes/digit_cnn.yaml", "did you mean recipes/digits_cnn.yaml?"),
    # values
    "range": ("epochs=0", "epochs must be >= 1, got 0"),
    "type": ("epochs=1.5", "epochs must be a whole number >= 1, got 1.5"),
    "bool for number": ("seed=true", "seed must be a whole number >= 0, got true"),
    "text for number": ("optimizer.lr='0.1'", "optimizer.lr must be a number > 0, got '0.1'"),
    "text for list": ("model.widths=abc", "model.widths must be a list of whole numbers >= 1, got 'abc'"),
    "element": ("model.widths=[8,0]", "model.widths[1] must be >= 1, got 0"),
    "null": ("model.depth=null", "model.depth must be a whole number >= 1, got null"),
    "literal": ("model.activation=rellu", "did you mean relu?"),
    "not a number": ("optimizer.lr=nan", "optimizer.lr must be > 0, got nan"),
    "word for number": (
        "batch_size=atuo",
        "batch_size must be a whole number >= 1 or auto, got 'atuo': did you mean auto?",
    ),
    "fact": ("model.classes=3", "model.classes comes from the dataset: leave it out"),
    "interpolation": ("epochs=${epoch}", "leads nowhere"),
    # targets
    "target": ("model._target_=runner.model.cnn.CN", "did you mean CNN?"),
    "module": ("model._target_=runner.model.cnnn.CNN", "did you mean cnn?"),
    "top module": ("model._target_=runer.model.cnn.CNN", "did you mean runner?"),
    "required": ("model._target_=torch.nn.Linear", "missing: model.in_features (required by torch.nn.Linear)"),
    "no group": ("~model", "missing: model (choose one, see runner ls model)"),
    # metrics
    "metric": ("objective=valid/acuracy", "did you mean valid/accuracy?"),
    "metric without part": ("objective=accuracy", "did you mean valid/accuracy?"),
    "test metric": ("objective=test/accuracy", "the test set is looked at once, at the end"),
    # parts that do not fit
    "no device": ("hardware.device=cuda:77", "hardware"),
    "shapes": ("model.widths=[4,4,4,4]", "model=cnn does not fit dataset=digits"),
}


def assert_refused(done, folder, *texts):
    assert done.returncode == 2, done.stdout + done.stderr
    for text in texts:
        assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert "hydra.cc" not in done.stderr
    assert done.stdout == ""
    assert not (folder / "outputs").exists()
    assert re.search(r"^\d+ errors?\. Nothing was started\.$", done.stderr, re.MULTILINE)


ALONE = ("group", "choice", "hydra key", "syntax", "flag", "recipe", "range", "shapes", "no device", "broken", "parent")
"""Mistakes that are made in a process of their own."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_way_out(cli, here, tmp_path, fault):
    words, text = FAULTS[fault]
    done = (cli if fault in ALONE else here)(words)
    assert_refused(done, tmp_path, text)
    assert done.stderr.count("error:") <= 2, "one mistake is told once"


def test_all_faults_of_a_command_each_on_its_line(cli, tmp_path):
    words = ["optimizer=sdg", "modle.depth=3", "epochs=0", "seed=true", "model.widths=[8,-1]", "lr=1", "~callback.x"]
    words += ["batch_size=1,2", "dataset.valid=[", "+objektive=a"]
    done = cli(*words)
    assert_refused(done, tmp_path, f"{len(words)} errors.")
    places = re.findall(r"^  --> (.*)$", done.stderr, re.MULTILINE)
    assert sorted(places) == sorted(words)


YAML_FAULTS = {
    "unknown key": (RECIPE + "epocs: 3\n", "did you mean epochs?", 4),
    "unknown inner key": (RECIPE + "model:\n  widhts: [3]\n", "did you mean model.widths?", 5),
    "range": (RECIPE + "# twice\nbatch_size: -1\n", "batch_size must be >= 1, got -1", 5),
    "duplicate": (RECIPE + "epochs: 2\nepochs: 3\n", "second key epochs", 5),
    "broken": (RECIPE + "model: {depth: 1\n", "broken YAML", 5),
    "choice": ("defaults:\n  - config\n  - override model: cnnn\n", "model=cnnn: no such model: did you mean cnn?", 3),
    "group": ("defaults:\n  - config\n  - override modle: cnn\n", "did you mean model?", 3),
    "parent": ("defaults:\n  - confg\n", "did you mean config?", 2),
    "missing value": (RECIPE + STOPPING, "missing: callback.early_stopping.patience", 7),
    "interpolation": (RECIPE + "epochs: ${epoch}\n", "leads nowhere", 4),
    "target": (RECIPE + "task: {_target_: runner.task.clasification.X}\n", "did you mean classification?", 4),
}


@pytest.mark.parametrize("fault", YAML_FAULTS)
def test_a_fault_in_a_recipe_is_told_with_file_and_line(cli, here, tmp_path, fault):
    text, message, line = YAML_FAULTS[fault]
    (tmp_path / "mine.yaml").write_text(text)
    assert_refused((cli if fault in ALONE else here)("mine.yaml"), tmp_path, message, f"--> mine.yaml:{line}\n")


def test_a_fault_in_an_inherited_recipe_is_told_where_it_is(here, tmp_path):
    (tmp_path / "base.yaml").write_text(RECIPE + "seed: -1\n")
    (tmp_path / "child.yaml").write_text("defaults:\n  - base\n  - _self_\nepochs: 0\n")
    assert_refused(here("child.yaml"), tmp_path, "--> base.yaml:4", "--> child.yaml:4", "2 errors.")


def test_a_fault_in_a_users_own_part(here, tmp_path):
    (tmp_path / "conf" / "optimizer").mkdir(parents=True)
    (tmp_path / "conf" / "optimizer" / "mine.yaml").write_text("# mine\n_target_: torch.optim.RMSprop\nlrr: 1\n")
    done = here("-cd", "conf", "optimizer=mine")
    assert_refused(done, tmp_path, "did you mean optimizer.lr?", "--> conf/optimizer/mine.yaml:3")


def test_every_value_of_a_search_is_checked(here, tmp_path):
    done = here("-m", "model=cnn,mlpp", "epochs=1,0", "optimizer.lr=interval(0.1,1)", "seed=range(-1,2)")
    assert_refused(
        done, tmp_path, "did you mean mlp?", "epochs must be >= 1", "a grid needs to know", "got -1", "4 errors."
    )
    done = here("-m", "model.widths=[8],[4,4,4,4]")
    assert_refused(done, tmp_path, "does not fit", "--> model.widths=[8],[4,4,4,4]")


def test_an_output_folder_that_cannot_be_is_told(cli, tmp_path):
    (tmp_path / "outputs").write_text("a file")
    done = cli()
    assert done.returncode == 2
    assert "outputs is in the way" in done.stderr
    assert (tmp_path / "outputs").read_text() == "a file"


DRIVER = """
import sys
from runner.cli import main
try:
    main(sys.argv[1:])
finally:
    heavy = sorted({"torch", "torchvision", "mlflow", "optuna", "sklearn", "pandas", "numpy"} & set(sys.modules))
    print("HEAVY", *heavy)
"""


@pytest.mark.parametrize(
    "words",
    [
        ["model=cnnn"],
        ["modle=cnn", "epochs=0"],
        ["objective=acc"],
        ["-m", "seed=-1,0"],
        ["--help"],
        ["ls"],
        ["ls", "model=cnn"],
    ],
)
def test_typos_and_help_import_nothing_heavy(tmp_path, words):
    command = [sys.executable, "-c", DRIVER, *words]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "HEAVY"
    assert "Traceback" not in done.stderr


def test_a_typo_is_answered_in_little_more_than_the_time_of_importing_hydra(tmp_path, capsys):
    def seconds(command):
        """Return what a process needs of a processor, whatever else goes on here."""
        before = os.times()
        subprocess.run(
            command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60, check=False
        )
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    typo = min(seconds([sys.executable, "-m", "runner", "modle=cnn"]) for _ in range(2))
    hydra = min(seconds([sys.executable, "-c", "import hydra"]) for _ in range(2))
    with capsys.disabled():
        print(f"\na typo is answered in {typo:.2f} CPU s, importing hydra takes {hydra:.2f}")
    assert typo < 6 * hydra  # 2 to 3
