"""The example in every verb's help does what it says: the cheap ones here, those that train by make siege."""

import os
import shlex
import shutil
import subprocess
import sys

import pytest

from runner.cli import dispatch, example, verbs
from tests.conftest import ROOT

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
    "assert": (f"{IMAGES} epochs=40 optimizer.lr=0.01", ""),
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
ELSEWHERE = {"best", "diff", "note", "report", "rm", "ui"}
"""Tested with other verbs that look at runs, and with a store."""


def test_every_verb_is_here():
    assert {*CHEAP, *DEAR, *ELSEWHERE} == set(verbs())
    assert all(example(name) for name in verbs())


@pytest.mark.parametrize("name", CHEAP)
def test_cheap_ones(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    program, *words = shlex.split(example(name))
    assert program == "runner"
    assert dispatch(words) == 0
    assert CHEAP[name] in capsys.readouterr().out


@pytest.mark.siege
@pytest.mark.parametrize("name", DEAR)
def test_dear_ones(name, tmp_path):
    assert shutil.which("bash")
    before, expected = DEAR[name]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    script = f'runner() {{ {sys.executable} -m runner "$@"; }}\n'
    script += before.format(root=ROOT, python=sys.executable) + f"\necho '== example'\n{example(name)}\n"
    done = subprocess.run(
        ["bash", "-ec", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert expected in done.stdout.partition("== example")[2], done.stdout
