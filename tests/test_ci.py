"""The model gates in recipes/ci: files that parse, commands that exist, and that do what they say."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from runner.configuration import composed
from runner.verb import assert_
from runner.verbs import is_verb, verbs
from tests.gate import made

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "recipes" / "ci").glob("*.yml"))


def scripts(path):
    """The shell scripts of a file, in order."""
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "gate" in tree:
        return tree["gate"]["script"]
    return [step["run"] for step in tree["jobs"]["gate"]["steps"] if "run" in step]


def commands(path):
    """The words of each command of ours."""
    lines = [line for script in scripts(path) for line in script.replace("\\\n", " ").splitlines()]
    words = [shlex.split(line.partition(" || ")[0], comments=True) for line in lines]
    return [each[1:] for each in words if each[0] == "runner"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_command_exists_and_its_words_are_right(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = commands(path)
    assert {words[0] for words in found if is_verb(words[0])} == {"check", "assert"}
    assert any("needed=true" in words for words in found)
    for words in found:
        if is_verb(words[0]):
            assert words[0] in verbs()
        else:
            assert composed(words)[1] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_gate_passes_what_is_as_good_and_stops_what_is_worse(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    (words,) = (words[1:] for words in commands(path) if words[0] == "assert")
    words = [os.path.expandvars(word) for word in words]
    for name, accuracy in (("good", 0.99), ("worse", 0.98)):
        made.run(tmp_path / "outputs" / name, test__accuracy=accuracy, test__loss=0.04)
    assert assert_.main(["good", "--write-baseline", "baseline.json"]) == 0
    assert assert_.main(["good", *words[1:]]) == 0
    assert assert_.main(["worse", *words[1:]]) == 3
    assert "worse" in (tmp_path / "gate.xml").read_text()
    summary = (tmp_path / words[words.index("--markdown") + 1]).read_text()
    assert "good" in summary
    assert "worse" in summary


@pytest.mark.siege
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_whole_file_runs_and_the_second_time_trains_nothing(path, tmp_path):
    (tmp_path / "bin").mkdir()
    for name, line in (("runner", f'{shlex.quote(sys.executable)} -m runner "$@"'), ("pip", "true")):
        shim = tmp_path / "bin" / name
        shim.write_text(f"#!/bin/sh\nexec {line}\n")
        shim.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": "gate.md",
    }

    def run(script):
        words = ["bash", "-e", "-c", script]
        return subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    def job():
        """Each script in order, as long as they end well: their exit codes, and all that was said."""
        codes, said = [], ""
        for script in scripts(path):
            if not any(codes):
                done = run(script)
                codes.append(done.returncode)
                said += done.stdout + done.stderr
        return codes, said

    training = next(words for words in commands(path) if "needed=true" in words)
    assert run(shlex.join(["runner", *training])).returncode == 0
    assert run("runner assert latest --write-baseline baseline.json").returncode == 0
    codes, said = job()
    assert not any(codes), said
    assert "has done it already" in said
    baseline = tmp_path / "baseline.json"
    better = json.loads(baseline.read_text())
    better["metrics"]["test/accuracy"] = 2.0
    baseline.write_text(json.dumps(better))
    (tmp_path / "gate.md").unlink()
    codes, said = job()
    assert codes[-1] == 3, said
    assert "test/accuracy" in (tmp_path / "gate.md").read_text()
