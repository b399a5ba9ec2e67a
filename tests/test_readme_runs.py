"""Every command of the README does what it says: one after another, in one folder.

Trainings are made short (one batch of everything), names of another machine are replaced by ones of this machine, and
what a table presumes is made before: nothing else differs from what a reader types.
"""

import os
import pickle
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests import readme
from tests.sweep.conftest import binaries, server  # noqa: F401  # a fixture

pytestmark = [pytest.mark.siege, pytest.mark.timeout(1800)]

SHIM = f"""#!{sys.executable}
import os, sys
from runner.cli import main
from runner.verbs import is_verb
words = sys.argv[1:]
trains = not (words and (is_verb(words[0]) or words[0] == "--help")) and "--cfg" not in words
short = os.environ.get("SHORT", "").split() if trains and not any(word.startswith("debug=") for word in words) else []
asks = ["--yes"] if words[:1] == ["rm"] and words[1:] else []
main([*words, *short, *asks])
"""
PYTHON = f"""#!/bin/sh
case "$1 $2" in "-m pytest") set -- "$@" --collect-only ;; esac
exec {shlex.quote(sys.executable)} "$@"
"""
OTHERWISE = {
    r"\bRUN\b": "latest",
    r"\bVERB\b": "eval",
    r"\bFILE\b": "recipes/x.yaml epochs=2",
    r"runner \.\.\. ": "runner ",
    r"fish \| source": f"fish | {'fish' if shutil.which('fish') else 'cat'}",
    r"runner cp first best": "runner cp early best",
    r"--nnodes=\d+ --nproc-per-node=\d+": "--nnodes=1 --nproc-per-node=2",
    r"--rdzv-endpoint=\S+": "--rdzv-endpoint=127.0.0.1:0",
    r"(-m runner .* hardware=ddp)": r"\1 debug=smoke",
    r"make recipes": "make recipes RECIPES=recipes/digits_cnn.yaml",
}
"""What stands for something of the reader's own, or of another machine."""
PICTURES = "runner dataset=image_folder dataset.folder=pictures model=cnn"
DIGITS = "runner dataset=digits model=cnn"
BEFORE = {
    "runner explain-image latest": PICTURES,
    "runner predict latest pictures": PICTURES,
    "runner generate": "runner dataset=text dataset.path='notes/*.md' model=lstm",
    "--weights snapshot": "SHORT= runner +callback=snapshot schedule=restarts schedule.cycle_length=2 epochs=4",
    "runner assert": DIGITS,
    "runner best dataset=digits": "SHORT= runner dataset=digits model=mlp epochs=2 ~callback.mlflow",
    "runner cp recipes": "rm my.yaml",
    "runner cp latest again.yaml": "rm -f again.yaml",
    "runner cp early best.yaml": "SHORT= runner -m sweep=grid sweep.name=early model=mlp,linear epochs=1",
    "runner export latest --register digits": DIGITS,
}
"""What the newest run has to be, or has not to be there."""
NOT_HERE = {
    "make bench": "installs what it measures beside us",
    "dataset.api_key=...": "no packaged dataset has a key: tests/test_secret.py",
}


def second(said):
    """Return the verb of a command, or the target of make."""
    return "".join(said.words[1:2])


def codes(said):
    """Return the exit codes that a command may have."""
    import torch

    if "# refused" in said.comment or ("hardware=gpu" in said.words and not torch.cuda.is_available()):
        return {2}
    return {
        "assert": {0, 2 if said.words[0] == "make" else 3},  # one batch teaches little
        "diff": {1},  # there is a difference
        "ui": {130},
    }.get(second(said), {0}) | ({2} if len(said.words) == 2 and not said.whole else set())  # only mentioned


class Desk:
    """A reader at a shell, in a folder of his own, with a checkout for ``make`` and a cluster for scripts."""

    def __init__(self, folder):
        self.folder, self.checkout, bin = folder / "user", folder / "checkout", folder / "checkout" / ".venv" / "bin"
        bin.mkdir(parents=True)
        self.cluster = folder / "cluster"
        self.cluster.mkdir()
        self.folder.mkdir()
        readme.furnish(self.folder)
        for path in readme.ROOT.iterdir():
            if path.is_file():
                shutil.copy(path, self.checkout)
            elif path.name not in (".git", ".venv", "outputs"):
                (self.checkout / path.name).symlink_to(path)
        (self.checkout / ".git").unlink(missing_ok=True)  # of a worktree it is a file
        torchrun = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m torch.distributed.run "$@"\n'
        for name, text in {"runner": SHIM, "python": PYTHON, "torchrun": torchrun}.items():
            (bin / name).write_text(text)
            (bin / name).chmod(0o755)
        (bin.parent / ".ready").touch()
        self.variables = {
            **os.environ,
            "PATH": f"{bin}:{os.environ['PATH']}",
            "PYTHONPATH": str(readme.ROOT),
            "RUNNER_DATA": str(folder / "data"),
            "SHORT": "debug=smoke",
        }

    def run(self, line, **variables):
        """Have a shell do it."""
        place = self.checkout if line.startswith("make ") else self.cluster if line.startswith("#!") else self.folder
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=place,
            env=self.variables | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
        )

    def serve(self, line):
        """The same, and Ctrl-C as soon as it has said something."""
        pipe = subprocess.PIPE
        with subprocess.Popen(
            ["bash", "-c", f"exec {line}"], cwd=self.folder, env=self.variables, stdout=pipe, stderr=pipe, text=True
        ) as process:
            out = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            rest, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(line, process.returncode, out + rest, err)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    desk = Desk(folder)
    published(folder / "data")
    old = re.search(r"outputs/(\S+)", readme.README)[1]  # the run that the page shows
    ready = desk.run(f"runner dataset=digits model=mlp hydra.run.dir=outputs/{old} && {DIGITS}")
    assert ready.returncode == 0, ready.stderr
    theirs = "mkdir ../theirs && cp mynet.py ../theirs && cd ../theirs && runner model._target_=mynet.MyNet"
    moved = "mv outputs/2* ../user/sent"
    sent = desk.run(f"{theirs} && {moved}", XDG_STATE_HOME=str(folder / "the state of somebody else"))
    assert sent.returncode == 0, sent.stderr
    return desk


def published(data):
    """Write datasets of a few pictures where downloads would go."""
    import numpy

    draws = numpy.random.default_rng(0)
    (data / "cifar-10-batches-py").mkdir(parents=True)
    for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"):
        pixels = draws.integers(0, 256, (40, 3 * 32 * 32), dtype=numpy.uint8)
        content = pickle.dumps({b"data": pixels, b"labels": [number % 10 for number in range(40)]}, 2)
        (data / "cifar-10-batches-py" / name).write_bytes(content)
    raw = data / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for part, count in {"train": 200, "t10k": 50}.items():
        shape = numpy.array([0x803, count, 28, 28], ">i4").tobytes()
        labels = numpy.arange(count, dtype=numpy.uint8) % 10
        (raw / f"{part}-images-idx3-ubyte").write_bytes(shape + bytes(range(196)) * 4 * count)
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(numpy.array([0x801, count], ">i4").tobytes() + labels.tobytes())


@pytest.mark.parametrize("section", list(dict.fromkeys(said.section for said in readme.commands())))
def test_each_command_of_a_section(section, desk, request):
    wrong, done = [], set()
    for said in readme.commands():
        if said.section != section or said.words in done or any(name in said.line for name in NOT_HERE):
            continue
        done.add(said.words)
        line = said.line
        for pattern, text in OTHERWISE.items():
            line = re.sub(pattern, text, line)
        if address := re.search(r"postgresql://\w+@\w+/\w+", line):
            if binaries() is None:
                continue
            line = line.replace(address[0], request.getfixturevalue("server").fresh())
        for part, before in BEFORE.items():
            if part in line:
                ready = desk.run(before)
                assert ready.returncode == 0, ready.stderr
        begin = time.monotonic()
        result = desk.serve(line) if second(said) == "ui" else desk.run(line)
        print(f"{result.returncode:4} {time.monotonic() - begin:6.1f} s  {line}", flush=True)
        if result.returncode not in codes(said) or "Traceback" in result.stderr:
            wrong.append(f"{line}: {result.returncode}\n{result.stdout[-600:]}\n{result.stderr[-900:]}")
    assert not wrong, "\n".join(wrong)


def test_what_the_first_training_prints(desk):
    """Its numbers are another machine's; its lines, their order and the facts in them are not."""
    shown = next(block for block in readme.fenced("") if block.startswith("runner "))
    done = desk.run("make train", SHORT="")
    assert done.returncode == 0, done.stderr
    assert labels(done.stdout) == labels(shown)
    assert facts(done.stdout) == facts(shown)


def labels(text):
    return re.findall(r"^ {0,10}([a-z]+)  \S", text, re.MULTILINE)


def facts(text):
    return re.findall(r"^ +(?:data|model|optimizer)  .*", text, re.MULTILINE)


def test_what_is_typed_into_python(desk):
    code = next(code for code in readme.fenced("python") if not code.startswith("#"))
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nprint(run.metrics, len(run.history), load('latest').id == run.id)"],
        cwd=desk.folder, env=desk.variables, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("True\n")
