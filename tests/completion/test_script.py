"""The scripts in real shells, as far as they are installed; else what they call is looked at."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time

import pytest

from runner.completion.script import SCRIPTS
from runner.verb import completion
from tests.conftest import ROOT

BREAKS = " \t\n\"'@><=;|&(:"


@pytest.fixture
def shell(tmp_path):
    """An environment in which ``runner`` is this code, and a folder that is empty but for that."""
    program = tmp_path / "bin" / "runner"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m runner "$@"\n')
    program.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "TERM": "dumb",
    }


def needs(name):
    return pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")


def asked(capsys, shell, line):
    assert completion.main([shell, "--line", line, "--breaks", BREAKS]) == 0
    return capsys.readouterr().out.splitlines()


def test_what_bash_is_told(capsys):
    assert asked(capsys, "bash", "runner model=cn") == ["cnn "]  # it replaces what is after the last break
    assert asked(capsys, "bash", "runner opti") == ["optimizer=", "optimizer."]
    assert asked(capsys, "bash", "runner 'model=cn") == ["model=cnn' "], "a quoted word is whole"
    assert asked(capsys, "bash", "runner dataset=rows dataset@dataset.images=kmn") == ["kmnist "]


@pytest.mark.parametrize("name", ["zsh", "fish"])
def test_what_others_are_told(capsys, name):
    (line,) = asked(capsys, name, "runner model=cn")
    word, about = line.split("\t")
    assert word == "model=cnn"
    assert "convolutions" in about


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_script_asks_with_the_line_as_far_as_it_is_typed(capsys, name):
    assert completion.main([name]) == 0
    text = capsys.readouterr().out
    assert text == SCRIPTS[name]
    assert f"completion {name} --line" in text
    assert {"bash": "COMP_POINT", "zsh": "$PREFIX", "fish": "commandline -cp"}[name] in text
    assert text.isascii()


def run(argv, environment, folder):
    done = subprocess.run(argv, env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_bash_fills_its_replies(shell, tmp_path):
    (tmp_path / "my own.yaml").write_text("# mine\n")
    lines = ("runner model.act", "runner model=cn", "runner recipes/ladder/4", "runner 'zz", "runner cat my")
    script = 'eval "$(runner completion bash)"\ncomplete -p runner\n'
    for line in lines:
        script += f'COMP_LINE="{line}" COMP_POINT={len(line)} COMP_WORDBREAKS="$BREAKS"\n_runner runner\n'
        script += 'printf "<%s>" "${COMPREPLY[@]}"; echo\n'
    said = run(["bash", "--norc", "-c", script], {**shell, "BREAKS": BREAKS}, tmp_path).splitlines()
    assert said == [
        "complete -o nospace -F _runner runner",
        "<model.activation=>", "<cnn >", "<recipes/ladder/4_deeper.yaml >", "<>", "<my\\ own.yaml >",
    ]  # fmt: skip


@needs("fish")
def test_fish(shell, tmp_path):
    script = 'runner completion fish | source; complete -C "runner model=cn"; complete -C "runner model.act"'
    first, second = run(["fish", "--no-config", "-c", script], shell, tmp_path).splitlines()
    assert first.startswith("model=cnn\t")
    assert second.startswith("model.activation=\t")


def typed(argv, environment, folder, keys, wanted):
    """Return what a terminal shows after keys were typed, as soon as it shows what is wanted."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe(argv[0], argv, environment)
    shown, deadline = "", time.monotonic() + 60
    try:
        for text, sign in zip(keys, wanted, strict=True):
            os.write(terminal, text.encode())
            begun = len(shown)
            while sign not in shown[begun:]:
                assert time.monotonic() < deadline, shown
                if select.select([terminal], [], [], 1)[0]:
                    shown += os.read(terminal, 65536).decode(errors="replace")
    finally:
        os.close(terminal)
        os.kill(child, 9)
        os.waitpid(child, 0)
    return shown


@pytest.mark.parametrize("name", ["bash", pytest.param("zsh", marks=needs("zsh"))])
def test_a_tab_in_a_terminal(shell, tmp_path, name):
    if name == "bash":
        argv, setup = ["bash", "--norc", "--noprofile"], ""
    else:
        argv, setup = ["zsh", "-f"], "autoload -Uz compinit; compinit -D -u; "
    keys = [
        f'{setup}eval "$(runner completion {name})"; echo re""ady\n',
        "runner model=cn\t",
        "model.act\t",
        "relu '~callback.ml\t",  # zsh takes a bare ~ for somebody's home
    ]
    shown = typed(argv, shell, tmp_path, keys, ["ready", "nn ", "ivation=", "flow"])
    assert "runner model=cnn model.activation=relu '~callback.mlflow" in shown.replace("\x07", "").replace(" \x08", "")
