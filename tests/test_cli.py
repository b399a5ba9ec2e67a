"""The program from outside: verbs, help, Hydra's habits, exit codes, folders."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from runner.cli import dispatch, find_own_modules_last
from runner.verbs import example, is_verb, loose, usage, verb_first, verbs

ROOT = Path(__file__).parent.parent
TINY = ("dataset=noise", "dataset.samples=96", "model=mlp", "model.widths=[8]", "callback=record", "epochs=1")
DEFAULT = next(
    item["callback"]
    for item in yaml.safe_load((ROOT / "conf/config.yaml").read_text())["defaults"]
    if "callback" in item
)
RECIPE = "defaults:\n  - config\n  - override model: mlp\n  - _self_\nepochs: 2\n"


def folders(tmp_path):
    return sorted(path for path in (tmp_path / "outputs").iterdir() if path.is_dir() and not path.is_symlink())


@pytest.mark.parametrize(
    ("word", "expected"),
    [("ls", True), ("train", True), ("", False), ("a=b", False), ("x.yaml", False), ("-m", False), ("~debug", False)],
)
def test_what_is_a_verb(word, expected):
    assert is_verb(word) is expected


def dispatched(capsys, *words):
    """Exit code and output of a command, in this process."""
    try:
        code = dispatch(list(words))
    except SystemExit as end:  # argparse's own
        code = end.code
    return code, capsys.readouterr()


def test_help_lists_every_verb_with_a_line_and_an_example(capsys):
    code, printed = dispatched(capsys, "--help")
    assert (code, printed.err) == (0, "")
    for words in (["-h"], ["train", "--help"], ["help"], ["help", "train"]):
        assert dispatched(capsys, *words)[1].out == printed.out == usage()
    for name in verbs():
        assert f"\n  {name} " in printed.out
        assert f"runner {name}" in printed.out.partition(f"\n  {name} ")[2]
    assert max(map(len, printed.out.splitlines())) <= 80
    assert printed.out.isascii()


@pytest.mark.parametrize("name", verbs())
def test_every_verbs_help_has_its_example_in_80_columns(capsys, monkeypatch, name):
    monkeypatch.setenv("COLUMNS", "80")
    code, printed = dispatched(capsys, name, "--help")
    assert (code, printed.err) == (0, "")
    assert dispatched(capsys, "help", name) == (code, printed)
    assert max(map(len, printed.out.splitlines())) <= 80
    assert printed.out.isascii()
    assert " ".join(example(name).split()) in " ".join(printed.out.split())


def test_help_for_no_verb(capsys):
    code, printed = dispatched(capsys, "help", "resum")
    assert (code, printed.err) == (2, "error: no verb 'resum': did you mean runner resume?\n")


def test_a_terminal_that_has_no_such_character(cli, tmp_path):
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "mine.yaml").write_text("# 99 % ± 1\n", encoding="utf-8")
    done = cli("ls", "recipes", PYTHONIOENCODING="ascii", CI="true", NO_COLOR="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "recipes/mine.yaml  99 % +- 1\n" in done.stdout
    assert done.stdout.isascii()


def test_version(cli):
    from runner import __version__

    assert cli("--version").stdout == f"runner {__version__}\n"


def test_an_unknown_verb(cli, tmp_path):
    done = cli("resum", "latest")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: no verb 'resum': did you mean runner resume?\n"
    assert list(tmp_path.iterdir()) == []


def test_train_in_a_folder_of_its_own(cli, tmp_path):
    for words in ([*TINY], ["train", *TINY]):
        done = cli(*words)
        assert done.returncode == 0, done.stderr
    first, second = folders(tmp_path)
    assert first != second
    assert (first / "overrides.yaml").read_text() == "".join(f"- {word}\n" for word in TINY)
    assert "hydra" not in (first / "config.yaml").read_text()
    assert json.loads((second / "summary.json").read_text())["status"] == "finished"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outputs"]


def test_a_folder_of_the_users_choice(cli, tmp_path):
    done = cli(*TINY, "hydra.run.dir=here/there")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "here" / "there" / "summary.json").is_file()
    assert not (tmp_path / "outputs").exists()


def test_a_key_of_the_signature_needs_no_plus(cli, tmp_path):
    done = cli(*TINY, "model=cnn", "model.widths=[4]", "++model.depth=1", "+callback.ema.decay=0.5", "+callback=ema")
    assert done.returncode == 0, done.stderr
    (tmp_path / "mine" / "model").mkdir(parents=True)
    (tmp_path / "mine" / "model" / "bare.yaml").write_text("# bare\n_target_: runner.model.mlp.MLP\nwidths: [4]\n")
    done = cli("-cd", "mine", *TINY, "model=bare", "model.dropout=0.25", "hydra.run.dir=run")
    assert done.returncode == 0, done.stderr
    assert "dropout: 0.25" in (tmp_path / "run" / "config.yaml").read_text()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["callback=record", "+callback=ema"], ["record", "ema"]),
        (["+callback=ema", "callback=[record]", "+callback=early_stopping"], ["record", "ema", "early_stopping"]),
        (["+callback=ema", "+callback=early_stopping", "~callback.mlflow"], None),
    ],
)
def test_callbacks_add_up(cli, words, expected):
    done = cli("--cfg", "job", "-p", "callback", *words)
    assert done.returncode == 0, done.stderr
    names = [line[:-1] for line in done.stdout.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert names == (expected or [*(name for name in DEFAULT if name != "mlflow"), "ema", "early_stopping"])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["mine.yaml", "+callback=ema"], ["record", "monitor", "ema"]),
        (["+callback=[ema,tta]", "child.yaml", "~callback.monitor"], ["record", "ema", "tta"]),
        (["child.yaml", "+callback=ema", "+callback=record", "~callback.ema"], ["record", "monitor"]),
        (["child.yaml", "+callback=ema", "callback=[tta]"], ["tta", "ema"]),
        (["none.yaml", "+callback=ema"], ["ema"]),
    ],
)
def test_callbacks_are_added_to_those_that_a_recipe_chooses(here, tmp_path, words, expected):
    (tmp_path / "mine.yaml").write_text("defaults: [config, override /callback: [record, monitor], _self_]\n")
    (tmp_path / "child.yaml").write_text("defaults: [mine, _self_]\nseed: 7\n")
    (tmp_path / "none.yaml").write_text("defaults: [config, override callback: null, _self_]\n")
    done = here("--cfg", "job", "-p", "callback", *words)
    assert done.returncode == 0, done.stderr
    assert [line[:-1] for line in done.stdout.splitlines() if line[0] not in " #"] == expected


def test_hydras_account_of_the_defaults_knows_what_is_added(here, tmp_path):
    (tmp_path / "mine.yaml").write_text("defaults: [config, override /callback: [record], _self_]\n")
    done = here("--info", "defaults", "mine.yaml", "+callback=ema")
    assert [line.split()[1] for line in done.stdout.splitlines() if "| callback/" in line] == [
        "callback/record", "callback/ema",
    ]  # fmt: skip


def test_letters_beyond_ascii_need_no_quotes(here):
    done = here("--cfg", "job", "-p", "dataset.folder", "dataset=image_folder", "dataset.folder=L'été Bücher/絵")
    assert (done.returncode, done.stdout) == (0, "L'été Bücher/絵\n"), done.stderr
    done = here("check", "-m", "dataset=image_folder", "dataset.folder=Bücher,絵")
    assert "dataset.folder=絵: there is no folder 絵\n  --> dataset.folder='Bücher','絵'" in done.stdout + done.stderr
    done = here("expect={ü: 3}")
    assert done.returncode == 2
    assert "keys beyond ASCII are for a recipe's YAML" in done.stderr


def test_another_target_leaves_the_old_ones_keys_behind(cli, tmp_path):
    target = "model._target_=runner.model.mlp.MLP"
    done = cli(*TINY, "model=cnn", "model.widths=[4]", target, "hydra.run.dir=run")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "run" / "config.yaml").read_text()
    assert "  batch_norm" not in text
    assert "dropout: 0.1" in text
    done = cli(*TINY, "model=cnn", target, "model.depth=2")
    assert done.returncode == 2
    assert "unknown key model.depth" in done.stderr


def test_a_recipe_from_anywhere_finds_the_packaged_parts_and_its_neighbours(cli, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "base.yaml").write_text(RECIPE)
    (tmp_path / "mine" / "child.yml").write_text("defaults:\n  - base\n  - _self_\nseed: 7\n")
    done = cli("epochs=5", "mine/base.yaml", "--cfg", "job", "model.dropout=0.5", "-p", "model")
    assert done.returncode == 0, done.stderr
    assert "dropout: 0.5" in done.stdout
    assert "_target_: runner.model.mlp.MLP" in done.stdout


def test_a_packaged_recipe_by_its_path(cli):
    done = cli("recipes/digits_cnn.yaml", "--cfg", "job", "epochs=3")
    assert done.returncode == 0, done.stderr
    assert "\nepochs: 3\n" in done.stdout


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--cfg", "job", "-p", "model", "model=mlp"], "runner.model.mlp.MLP"),
        (["model=mlp", "-c", "job", "-p", "model"], "runner.model.mlp.MLP"),
        (["--cfg", "hydra", "-p", "hydra.run"], "dir: outputs/${runner.id:}"),
        (["--cfg", "hydra", "-p", "hydra.run", "--resolve"], "dir: outputs/<id>"),
        (["--cfg=job", "+callback=ema", "~callback.mlflow", "-p", "callback"], "runner.callback.ema.EMA"),
        (["--cfg", "job", "++model.depth=5", "-p", "model.depth"], "5"),
        (["--info", "searchpath"], "conf"),
        (["--hydra-help"], "Hydra"),
        (["-sc", "install=bash"], "complete"),
    ],
)
def test_hydras_own_flags(cli, tmp_path, words, text):
    done = cli(*words)
    assert done.returncode == 0, done.stderr
    assert text in done.stdout
    assert not (tmp_path / "outputs").exists()


def test_a_mistyped_command_is_refused_by_cfg_too(cli):
    done = cli("--cfg", "job", "modle.depth=3")
    assert done.returncode == 2
    assert "did you mean model.depth?" in done.stderr


def test_shell_completion_knows_groups_and_choices(cli):
    for line, expected in {
        "runner model=": "model=mlp",
        "runner opti": "optimizer=",
        "runner model.de": "model.depth=",
    }.items():
        done = cli("-sc", "query=bash", COMP_LINE=line, COMP_POINT=str(len(line)))
        assert expected in done.stdout.split(), done.stderr


def test_config_dir(cli, tmp_path):
    (tmp_path / "mine" / "model").mkdir(parents=True)
    (tmp_path / "mine" / "model" / "wide.yaml").write_text("# wide\n_target_: runner.model.mlp.MLP\nwidths: [999]\n")
    for flags in (["--config-dir", "mine"], ["-cd", "mine"], ["--config-dir=mine"]):
        done = cli(*flags, "--cfg", "job", "model=wide", "-p", "model.widths")
        assert (done.returncode, done.stdout) == (0, "# @package model.widths\n- 999\n"), done.stderr
    assert "wide" in cli("ls", "model", "-cd", "mine").stdout


def test_a_grid(cli, tmp_path):
    done = cli("-m", *TINY, "seed=0,1", "model.dropout=choice(0.0,0.5)")
    assert done.returncode == 0, done.stderr
    (sweep,) = folders(tmp_path)
    trials = sorted((sweep / "trials").glob("[0-9]*"))
    assert [path.name for path in trials] == ["0", "1", "2", "3"]
    assert "- seed=1\n- model.dropout=0.5\n" in (trials[3] / "overrides.yaml").read_text()


@pytest.mark.siege
def test_a_grid_over_targets_settles_each(cli, tmp_path):
    targets = "model._target_=runner.model.mlp.MLP,runner.model.cnn.CNN"
    done = cli("-m", *TINY, "model=cnn", "model.widths=[4]", targets)
    assert done.returncode == 0, done.stderr
    configs = sorted((tmp_path / "outputs").glob("*/trials/*/config.yaml"))
    assert ["  batch_norm" in path.read_text() for path in configs] == [False, True]


BROKEN = """
from runner.dataset.noise import noise
from dataclasses import replace
def broken(**keys):
    def load():
        raise OSError("the disk is gone\\nand so on")
    return replace(noise(), load=load)
"""


def test_a_failing_training_is_one_line_and_a_log(cli, tmp_path):
    (tmp_path / "parts.py").write_text(BROKEN)
    done = cli("dataset._target_=parts.broken", "callback=record")
    assert done.returncode == 1
    assert re.search("^error: .*the disk is gone", done.stderr, re.MULTILINE)
    assert "Traceback" not in done.stderr
    (folder,) = folders(tmp_path)
    assert "Traceback" in (folder / "log.txt").read_text()
    assert f"  --> outputs/{folder.name}/log.txt" in done.stderr


def test_a_failing_trial_of_a_grid_is_short_too(cli, tmp_path):
    (tmp_path / "parts.py").write_text(BROKEN)
    done = cli("-m", "dataset._target_=parts.broken", "callback=record", "seed=0,1")
    assert done.returncode == 1
    assert "#1 failed" in done.stdout
    assert done.stdout.count("the disk is gone") == 4  # as it happened, and in the end
    assert "Traceback" not in done.stderr + done.stdout
    assert all("Traceback" in path.read_text() for path in (tmp_path / "outputs").glob("*/trials/*/log.txt"))
    assert len(list((tmp_path / "outputs").glob("*/trials/*/summary.json"))) == 2


@pytest.mark.parametrize("multirun", [False, True])
def test_interrupted(tmp_path, multirun):
    words = [*TINY, "callback=[record,checkpoint]", "dataset.samples=2000", "epochs=100000"]
    words += ["-m", "seed=0,1", "sweep.jobs=1"] if multirun else []
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-m", "runner", *words], cwd=tmp_path, env=environment)
    try:
        deadline = time.monotonic() + 60
        while not list((tmp_path / "outputs").glob("**/last.pt")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    finally:
        process.kill()
    assert len(list((tmp_path / "outputs").glob("**/config.yaml"))) == 1, "the next trial was not started"


SHADOW = "from pathlib import Path\nPath({!r}).write_text('ran')\n"


def test_a_module_of_the_working_directory_hides_no_installed_one(tmp_path):
    """As the program ``runner`` starts, with Python's habit of looking in the working directory first."""
    for name in ("yaml", "hydra", "omegaconf", "numpy", "json", "argparse"):
        (tmp_path / f"{name}.py").write_text(SHADOW.format(str(tmp_path / "canary")))
    program = (
        "import sys; sys.path.remove(''); from runner import cli; sys.path.insert(0, ''); cli.find_own_modules_last();"
        "import os; assert sys.path[-1] == os.getcwd() and '' not in sys.path; cli.main(['ls', 'model'])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "resnet18" in done.stdout
    assert not (tmp_path / "canary").exists()


def test_what_is_named_in_pythonpath_stays_where_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["a", str(tmp_path), "b"])
    monkeypatch.setenv("PYTHONPATH", f"x{os.pathsep}{tmp_path}")
    find_own_modules_last()
    assert sys.path == ["a", str(tmp_path), "b"]
    monkeypatch.setenv("PYTHONPATH", "x")
    find_own_modules_last()
    assert sys.path == ["a", "b", str(tmp_path)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--config-dir conf check a.yaml", "check --config-dir conf a.yaml"),
        ("-cd conf explain optimizer.lr", "explain -cd conf optimizer.lr"),
        ("--config-dir=conf ls", "ls --config-dir=conf"),
        ("--config-dir conf model=mine", "--config-dir conf model=mine"),
        ("--config-dir check", "--config-dir check"),
        ("check --config-dir conf", "check --config-dir conf"),
        ("--cfg job check", "--cfg job check"),
        ("", ""),
    ],
)
def test_the_folder_of_ones_own_parts_may_be_said_before_the_verb(words, expected):
    assert verb_first(words.split()) == expected.split()


def test_words_that_follow_a_flag_are_no_verbs():
    assert loose(["-m", "a", "--config-dir", "show", "lr.yaml", "x=1", "-cd=b", "--cfg", "job", "optimizer.lr"]) == [
        "a",
        "optimizer.lr",
    ]


@pytest.mark.parametrize("words", [["-m", "check"], ["model=mlp", "check"], ["--info", "config", "check"]])
def test_a_verb_among_other_words_is_told_to_come_first(capsys, words):
    code, printed = dispatched(capsys, *words)
    assert (code, printed.err) == (2, "error: the verb comes first: runner check ...\n")
