"""What every verb prints, for people and for programs: the dear ones, with real runs, by make siege."""

import io
import json
import os
import re
import shlex
import subprocess
import sys

import pytest

from runner.cli import dispatch
from runner.stream import LASTING
from runner.verbs import verbs
from tests.conftest import ROOT
from tests.history import made

CHEAP = {
    "assert": (f"{made.FIRST} test/accuracy>=0.9 test/accuracy<=1", ""),
    "best": ("sweep=null", made.FIRST),
    "cat": ("model=cnn", "{conf}/model/cnn.yaml"),
    "completion": ("fish", None),
    "cp": ("recipes/digits_cnn.yaml my.yaml --force", "my.yaml"),
    "diff": (f"{made.FIRST} {made.SECOND}", ""),
    "explain": ("optimizer.lr model optimizer.lr=0.1", None),
    "ls": ("model", None),
    "note": (f"{made.FIRST} a-word", ""),
    "rm": (f"{made.FIRST} --dry-run", None),
    "runs": ("sweep=null", f"{made.FIRST}\n{made.SECOND}\n{made.THIRD}"),
    "schema": ("--out schemas", None),
    "show": (f"{made.FIRST} {made.SECOND}", f"{made.FIRST}\n{made.SECOND}"),
    "sweeps": ("", None),
}
"""Words of a verb that imports nothing heavy, and what it prints with --quiet; None: see below."""
VERBATIM = {"cat", "completion", "schema"}
"""They print a file, or what goes into one, as it is."""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(made.place(tmp_path))


def codes(name):
    return {1} if name == "diff" else {0}


@pytest.mark.parametrize("name", CHEAP)
def test_json_is_one_document_and_quiet_is_the_answer(name, place, capsys):
    from runner.home import CONF

    words, expected = CHEAP[name]
    assert dispatch([name, *words.split(), "--json"]) in codes(name)
    out, err = capsys.readouterr()
    assert err == ""
    json.loads(out)
    assert out.isascii()
    assert dispatch([name, *words.split(), "-q"]) in codes(name)
    out, err = capsys.readouterr()
    assert err == ""
    if expected is not None:
        assert out.strip() == expected.format(conf=CONF)
    assert dispatch([name, *words.split(), "-q", "--json"]) in codes(name)
    json.loads(capsys.readouterr().out)


def test_quiet_words_can_be_typed(place, capsys):
    dispatch(["ls", "model", "-q"])
    for word in capsys.readouterr().out.split():
        assert dispatch(["cat", word, "-q"]) == 0
    dispatch(["explain", "optimizer.lr", "optimizer.lr=0.1", "-q"])
    assert capsys.readouterr().out.endswith("0.1\n")
    dispatch(["assert", made.FIRST, "test/accuracy>=0.99", "test/loss<=9", "-q"])
    assert "MISSED" in capsys.readouterr().out


@pytest.mark.parametrize("name", [name for name in CHEAP if name not in VERBATIM])
@pytest.mark.parametrize("columns", [40, 80])
def test_lines_fit_unless_a_word_does_not(name, columns, place, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    dispatch([name, *CHEAP[name][0].split()])
    assert too_wide(capsys.readouterr().out, columns) == []


WHOLE = ("runner ", "http", "outputs/", "yaml-language-server", '"')
"""Signs of lines that are copied as they stand: commands, addresses, paths, JSON."""


def too_wide(text, columns):
    """Return the lines that are too wide, though no word in them is so long that it had to be."""
    wide = [line for line in text.splitlines() if len(line) > columns and not any(sign in line for sign in WHOLE)]
    return [line for line in wide if max(map(len, line.split())) < columns - 14]


@pytest.mark.parametrize("name", [name for name in CHEAP if name not in VERBATIM])
def test_a_reader_of_ascii_reads_all(name, place, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors=LASTING)
    monkeypatch.setattr("sys.stdout", stream)
    dispatch([name, *CHEAP[name][0].split()])
    stream.flush()
    assert "?" not in stream.buffer.getvalue().decode("ascii")


@pytest.mark.parametrize("name", [name for name in verbs() if name != "check"])  # whose answer it is
def test_a_wrong_command_in_json_says_so_elsewhere(name, place, capsys):
    wrong = {"best": "--top=0", "runs": "--top=0", "sweeps": "--no-such", "doctor": "--no-such", "ls": "no-such"}
    with_two = {"diff": "no-such-run no-such-run", "cp": "no=such my.yaml", "predict": "no-such-run test"}
    more = {
        "explain-image": "no-such-run test:0",
        "ui": "--port=-1",
        "assert": "no-such-run a>1",
        "note": "no-such-run",
    }
    words = {**wrong, **with_two, **more}.get(name, "no-such-run")
    try:
        code = dispatch([name, *words.split(), "--json"])
    except SystemExit as exit_:
        code = exit_.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, ""), err
    assert err
    assert "Traceback" not in err


NAMED = "dataset=image_folder \"dataset.folder='ü'\" model=cnn model.widths=[4] epochs=2 batch_size=8 ~callback.mlflow"
PICTURES = """
import pathlib
from PIL import Image
for number, name in enumerate(("犬", "猫")):
    folder = pathlib.Path("ü") / name
    folder.mkdir(parents=True)
    for shade in range(20):
        Image.new("L", (8, 8), 12 * shade if number else 255 - 12 * shade).save(folder / f"{shade}é.png")
"""
DEAR = (
    "assert latest test/loss>=0", "best", "check epochs=1", "diff {first} latest", "doctor --quick", "eval latest",
    "explain dataset.folder dataset=image_folder \"dataset.folder='ü'\"", "explain-image latest test:0",
    "export latest --format state_dict", "lr-find {words}", "matrix --dataset digits --model mlp",
    "note latest größe --tag é", "predict latest ü", "report latest", "reproduce latest --check", "resume latest",
    "runs", "show latest", "show search", "summary latest", "sweeps", "rm latest --dry-run --from-sweep",
    "sync latest --uri sqlite:///ü.db",
)  # fmt: skip
"""What every verb that looks at runs says of one whose names are not ASCII."""


@pytest.mark.siege
def test_names_of_any_script_on_a_terminal_of_ascii_eighty_columns_wide(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "CI": "true"}
    ascii_only = {**environment, "PYTHONIOENCODING": "ascii"}

    def run(words, env=ascii_only):
        command = [sys.executable, "-m", "runner", *shlex.split(words)]
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, timeout=200, check=False)

    subprocess.run([sys.executable, "-c", PICTURES], cwd=tmp_path, check=True)
    first = run(f"{NAMED} \"hydra.run.dir='outputs/größe'\"")
    wrong = examined("training", first)
    assert first.returncode == 0, first.stderr
    assert run(NAMED).returncode == 0
    wrong += examined("search", run(f"-m {NAMED} optimizer.lr=0.1,0.01 sweep.name=search"))
    for words in DEAR:
        words = words.format(first="größe", words=NAMED)
        done = run(words)
        assert done.returncode in (0, 1) if words.startswith(("diff", "reproduce")) else done.returncode == 0, (
            words, done.stderr.decode()
        )  # fmt: skip
        wrong += examined(words, done)
        for flags in ("--json", "--json -q"):
            done = run(f"{words} {flags}{' --yes' if words.startswith('rm') else ''}")
            try:
                json.loads(done.stdout)
            except ValueError:
                wrong.append((words, flags, done.stdout[:200], done.stderr[-300:]))
        quiet = run(f"{words} -q")
        wrong += [(words, "-q", quiet.stderr)] if quiet.stderr and quiet.returncode == 0 else []
        told = run(words, {**environment, "LC_ALL": "C"})
        wrong += [(words, "the locale C", told.stderr)] if b"Traceback" in told.stderr else []
        if b"?" in told.stdout.replace(b"???", b"") or "·".encode() in told.stdout:
            wrong.append((words, "the locale C", told.stdout))
    assert wrong == [], "\n".join(map(str, wrong))


def examined(words, done):
    """Return what is wrong with what a command has said."""
    out, err = done.stdout.decode("ascii"), done.stderr.decode("ascii")
    said = out.replace("???", "")  # how YAML says that a value is to be given
    wrong = [(words, sign) for sign in ("?", "\x1b", "\r") if sign in said or (sign in err and sign != "?")]
    wrong += [(words, "Traceback", err)] if "Traceback" in err else []
    folded = not words.startswith(("runs", "best", "diff"))  # in those a run is a line
    wide = too_wide(re.sub(r"\\x..|\\u....", "?", out), 80)  # a letter that is spelt was one when lines were folded
    return [*wrong, *((words, "wide", line) for line in wide if folded)]


@pytest.mark.siege
@pytest.mark.parametrize("name", ["ls", "runs", "show latest", "cat model=cnn", "completion bash", "schema recipe"])
@pytest.mark.parametrize("end", ["| head -1", ">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_readers_that_leave_and_outputs_that_are_closed(name, end, place, tmp_path):
    script = f"set -o pipefail; {sys.executable} -m runner {name} {end}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.siege
@pytest.mark.parametrize("end", ["| head -1", "2>&1 | head -1", ">&-", ">&- 2>&- <&-"])
def test_a_search_outlives_its_reader(end, tmp_path):
    words = "-m dataset=noise model=mlp epochs=2 ~callback.mlflow optimizer.lr=0.1,0.01,0.001 sweep.name=search"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    script = f"set -o pipefail; {sys.executable} -m runner {words} {end}"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "outputs/search/results.csv").read_text().count("COMPLETE") == 3
