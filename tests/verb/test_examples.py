"""The example in every verb's help does what it says: the cheap ones here, those that train by make siege."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time

import pytest

from runner.cli import dispatch
from runner.tracking.store import connect
from runner.verbs import USAGE, example, verbs
from tests.conftest import ROOT
from tests.history import made

CHEAP = {
    "cat": "_target_: runner.model.cnn.CNN",
    "cp": "next  runner my.yaml",
    "explain": "optimizer.lr=0.005",
    "ls": "model.depth=2",
    "runs": "",
    "schema": "yaml.schemas",
    "sweeps": "[]",
}
"""What each prints."""

QUICK = "epochs=2 batch_size=256 callback=[record,checkpoint,progress]"
IMAGES = f"runner {QUICK} model=cnn 'model.widths=[4,8]'"
TEXT = f"runner {QUICK} dataset=text 'dataset.path=*.md' model=gru model.width=8"
PICTURE = "from PIL import Image; import os; os.mkdir('pictures'); Image.new('L', (8, 8), 128).save('pictures/a.png')"
DEAR = {
    "assert": (f"runner {QUICK} model=mlp epochs=40", ""),
    "bench": ("", "samples/s"),
    "check": ("cp -r {root}/recipes .", "ok     recipes/digits_cnn.yaml optimizer.lr=0.01"),
    "completion": ("", ""),
    "doctor": ("", '"python"'),
    "eval": (IMAGES, "valid/accuracy"),
    "explain-image": (IMAGES, ".png"),
    "export": (IMAGES, "differs from the checkpoint by at most"),
    "generate": (f"cp {{root}}/README.md . && {TEXT}", "The "),
    "lr-find": ("", "optimizer.lr="),
    "matrix": ("", "digits"),
    "predict": (f"{{python}} -c {shlex.quote(PICTURE)} && {IMAGES}", "predictions.csv"),
    "reproduce": (IMAGES, "same"),
    "resume": (IMAGES, "60/60"),
    "show": ("", ".png"),
    "summary": ("", "parameters"),
    "sync": (IMAGES, "complete"),
    "verify": ("", "proven"),
}
"""What has to be there before, and what each prints."""
ELSEWHERE = {"best", "diff", "note", "report", "rm"}
"""Of those that look at runs: tests/verb/test_report.py."""
SERVES = {"ui"}
"""Until Ctrl-C."""
FURTHER = {
    "completion": "runner completion fish | source",
    "cp": "runner cp model=cnn conf/model/mine.yaml",
    "diff": "runner diff A B --only metrics --quiet",
    "rm": "runner rm $(runner runs status=failed --since 7d -q) --yes",
    "schema": "runner schema model > model.json",
    "show": "runner show latest",
}
"""What the help of a verb shows besides its example."""


def test_every_verb_is_here():
    assert {*CHEAP, *DEAR, *ELSEWHERE, *SERVES} == set(verbs())
    assert all(example(name) for name in verbs())


@pytest.mark.parametrize("name", CHEAP)
def test_cheap_ones(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    program, *words = shlex.split(example(name))
    assert program == "runner"
    assert dispatch(words) == 0
    assert CHEAP[name] in capsys.readouterr().out


def shell(script, folder):
    """Have bash do it, until something fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    script = f'runner() {{ {sys.executable} -m runner "$@"; }}\n{script}\n'
    return subprocess.run(
        ["bash", "-ec", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=280
    )


@pytest.mark.siege
@pytest.mark.parametrize("name", DEAR)
def test_dear_ones(name, tmp_path):
    before, expected = DEAR[name]
    done = shell(f"{before.format(root=ROOT, python=sys.executable)}\necho '== example'\n{example(name)}", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert expected in done.stdout.partition("== example")[2], done.stdout


@pytest.mark.siege
@pytest.mark.parametrize("name", FURTHER)
def test_what_else_its_help_shows(name, tmp_path, capsys):
    with pytest.raises(SystemExit):
        dispatch([name, "--help"])
    assert FURTHER[name] in " ".join(capsys.readouterr().out.split())
    out = made.place(tmp_path) / "outputs"
    recent = made.run(out / time.strftime("%Y%m%d-%H%M%S-dddddd"), status="failed")
    line = FURTHER[name].replace("A B", f"{made.FIRST} {made.FIRST}").replace("| source", "| grep complete")
    done = shell(line, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert recent.exists() == (name != "rm")
    assert (out / made.FIRST).exists()


@pytest.mark.siege
@pytest.mark.parametrize("name", SERVES)
def test_what_serves_until_it_is_stopped(name, tmp_path):
    connect(f"sqlite:///{tmp_path}/outputs/mlflow.db", "unused")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", *shlex.split(example(name))]
    with subprocess.Popen(words, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert "http://127.0.0.1:" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


@pytest.mark.siege
@pytest.mark.parametrize("line", re.findall(r"^      (runner .*?)(?:  .*)?$", USAGE, re.MULTILINE))
def test_the_trainings_and_searches_in_the_help(line, tmp_path):
    done = shell(f"{line} debug=smoke", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
