"""Bad input of every kind, in one table: the exit code that fits, one clear message, no traceback, nothing trained.

Each goes through ``runner.cli.main`` in this process; that a process of its own says and returns the same is tested
in tests/check/test_faults.py, which has more mistakes of commands and recipes.
"""

import gzip
import json
import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from runner.cli import main
from tests.support import trained

RECIPE = "defaults:\n  - config\n  - _self_\n"
TABLE = "a,b,y\n" + "".join(f"{i},{i % 7},{'yes' if i % 3 else 'no'}\n" for i in range(60))
PACKED = gzip.compress(b"a,y\n")[:-9]
CSV = ["dataset=csv", "dataset.path=t.csv", "dataset.target=y", "model=mlp"]
TEXT = ["dataset=text", "dataset.path=t.txt", "model=gru", "task=language_modeling"]
TEXTS = ["dataset=text_folder", "dataset.path=texts", "model=gru"]
PICTURES = ["dataset=image_folder", "dataset.folder=pictures", "dataset.size=8", "model=mlp"]
OWN = "tests.faults.data.wrong"


def table(text):
    return {"t.csv": text}


def changed(line, text):
    lines = TABLE.splitlines()
    lines[line - 1] = text
    return table("\n".join(lines) + "\n")


def picture(colour, size=(12, 12)):
    def write(path):
        Image.new("RGB", size, colour).save(path)

    return write


def pictures(**more):
    good = {f"pictures/{name}/{i}.png": picture((i, 9 * i, 0)) for name in ("cat", "dog") for i in range(6)}
    return good | {f"pictures/{name.replace('__', '/')}.png": content for name, content in more.items()}


COMMANDS = {
    "an unknown group": (["modle=cnn"], {}, "unknown key modle: did you mean model?"),
    "an unknown choice": (["model=cnnn"], {}, "did you mean cnn?"),
    "an unknown key": (["optimizer.lrr=1"], {}, "did you mean optimizer.lr?"),
    "a number out of range": (["epochs=0"], {}, "epochs must be >= 1, got 0"),
    "a negative seed": (["seed=-1"], {}, "seed must be >= 0, got -1"),
    "a fraction of epochs": (["epochs=1.5"], {}, "must be a whole number >= 1, got 1.5"),
    "a learning rate that is NaN": (["optimizer.lr=nan"], {}, "optimizer.lr must be > 0, got nan"),
    "a learning rate that is infinite": (["optimizer.lr=inf"], {}, "optimizer.lr must be > 0 and finite, got inf"),
    "a share above one": (["dataset.valid=1.5"], {}, "dataset.valid must be >= 0 and < 1, got 1.5"),
    "a value of another type": (["batch_size=many"], {}, "batch_size must be a whole number >= 1 or auto"),
    "nothing where something is needed": (["optimizer.lr=null"], {}, "optimizer.lr must be a number > 0, got null"),
    "YAML's no for a word": (["model.activation=no"], {}, "model.activation must be"),
    "a list without -m": (["model.depth=1,2"], {}, "a list of values needs -m"),
    "a bracket too few": (["model.widths=[1,"], {}, "the value of model.widths cannot be read"),
    "an interpolation into nothing": (["epochs=${epoch}"], {}, "leads nowhere"),
    "a metric that there is not": (["objective=valid/acuracy"], {}, "did you mean valid/accuracy?"),
    "a metric of early stopping that there is not": (
        ["+callback=early_stopping", "callback.early_stopping.monitor=valid/los"], {}, "did you mean valid/loss?",
    ),
    "a model that does not fit the data": (["model.widths=[4,4,4,4]"], {}, "model=cnn does not fit dataset=digits"),
    "a task that does not fit the data": (["task=regression"], {}, "predicts numbers, the targets are labels"),
    "a module that there is not": (["model._target_=nowhere.Model"], {}, "nowhere"),
    "a module that fails": (["model._target_=fails.Model"], {"fails.py": "import no_such_thing\n"}, "no_such_thing"),
    "a module that cannot be read": (["model._target_=unread.Model"], {"unread.py": "class Model(:\n"}, "unread"),
    "a policy that there is not": (["hardware.nonfinite=skp"], {}, "did you mean skip?"),
    "a limit of none": (["hardware.nonfinite_limit=0"], {}, "hardware.nonfinite_limit must be >= 1, got 0"),
    "going back without looking": (
        ["hardware.nonfinite=rewind", "hardware.guard=0"], {}, "hardware.nonfinite=rewind does not go with",
    ),
    "going back to nothing": (
        ["hardware.nonfinite=rewind", "~callback.checkpoint"], {}, "rewind goes back to a checkpoint: leave callback.",
    ),
    "splitting among processes": (["hardware.on_oom=split", "hardware.processes=2"], {}, "hardware.on_oom=split does"),
    "a batch of one for batch normalisation": (
        ["dataset=breast_cancer", "model._target_=normed.Net", "task=binary", "batch_size=1"],
        {"normed.py": "from torch import nn\n\n\ndef Net(in_shape, classes: int):\n"
                    "    return nn.Sequential(nn.BatchNorm1d(30), nn.Linear(30, classes))\n"},
        "batch_size=1: batch normalisation has no variance over one sample: use 2 or more",
    ),
    "a word that is no verb": (["resum", "latest"], {}, "did you mean runner resume?"),
    "a flag that there is not": (["--multi"], {}, "see: runner --help"),
    "a search of a bad value": (["-m", "epochs=1,0"], {}, "epochs must be >= 1, got 0"),
}  # fmt: skip

RECIPES = {
    "no such recipe": (["mine.yaml"], {}, "mine.yaml"),
    "broken YAML": (["mine.yaml"], {"mine.yaml": RECIPE + "model: {depth: 1\n"}, "broken YAML"),
    "a key twice": (["mine.yaml"], {"mine.yaml": RECIPE + "epochs: 2\nepochs: 3\n"}, "second key epochs"),
    "an unknown key in it": (["mine.yaml"], {"mine.yaml": RECIPE + "epocs: 3\n"}, "mine.yaml:4"),
    "a range in it": (["mine.yaml"], {"mine.yaml": RECIPE + "batch_size: -1\n"}, "batch_size must be >= 1, got -1"),
    "a parent that there is not": (["mine.yaml"], {"mine.yaml": "defaults:\n  - confg\n"}, "did you mean config?"),
    "an empty recipe": (["mine.yaml"], {"mine.yaml": ""}, "mine.yaml builds on nothing"),
    "a list for a recipe": (["mine.yaml"], {"mine.yaml": "- 1\n- 2\n"}, "mine.yaml"),
    "bytes for a recipe": (["mine.yaml"], {"mine.yaml": b"\xff\xfe\x00"}, "mine.yaml"),
    "a tag of Python's": (["mine.yaml"], {"mine.yaml": RECIPE + "seed: !!python/object:os.system 1\n"}, "mine.yaml"),
    "the octal trap": (["mine.yaml"], {"mine.yaml": RECIPE + "seed: yes\n"}, "seed must be a whole number >= 0"),
    "a recipe for check": (["check", "mine.yaml"], {"mine.yaml": RECIPE + "epochs: 0\n"}, "epochs must be >= 1, got 0"),
}

DATA = {
    "no table": (CSV, {}, "t.csv"),
    "an empty table": (CSV, table(""), "is empty"),
    "a table without rows": (CSV, table("a,b,y\n"), "names of columns and no rows"),
    "a target that there is not": ([*CSV, "dataset.target=yy"], table(TABLE), "did you mean y?"),
    "a column of mixed types": (CSV, changed(7, "many,1,no"), "t.csv, line 7: 'many' in column a"),
    "a row too long": (CSV, changed(9, "1,2,no,4"), "line 9: 4 values for 3 columns"),
    "two columns of one name": (CSV, changed(1, "a,a,y"), "two columns are named a"),
    "no target anywhere": (CSV, table("a,b,y\n" + "1,2,\n" * 30), "no row is left"),
    "one class in a table": (CSV, table("a,b,y\n" + "1,2,no\n" * 30), "nothing to tell apart"),
    "classes that are none": (CSV, table("a,y\n" + "".join(f"1,n{i}\n" for i in range(30))), "are different"),
    "words for a regression": ([*CSV, "dataset.task=regression"], table(TABLE), "task=regression predicts numbers"),
    "a table that is not UTF-8": (CSV, {"t.csv": TABLE.encode() + b"1,\xff,no\n"}, "not UTF-8 text"),
    "a damaged archive": ([*CSV, "dataset.path=t.csv.gz"], {"t.csv.gz": PACKED}, "cannot be unpacked"),
    "no text": (TEXT, {}, "no such file or folder"),
    "an empty text": (TEXT, {"t.txt": ""}, "0 characters leave 0 to train on"),
    "a text that is not UTF-8": (TEXT, {"t.txt": b"abc\xff\xfe" * 99}, "not UTF-8 text: byte 3"),
    "texts of one class": (TEXTS, {"texts/one/a.txt": "words"}, "needs folders of at least two classes"),
    "texts that are empty": (TEXTS, {"texts/one/a.txt": "w", "texts/two/a.txt": " "}, "class two are empty"),
    "a text among others that is not UTF-8": (
        TEXTS, {"texts/one/a.txt": "w", "texts/two/a.txt": b"\xff"}, "two/a.txt is not UTF-8 text: byte 0",
    ),
    "no folder of pictures": (PICTURES, {}, "there is no folder"),
    "pictures of one class": (PICTURES, {"pictures/cat/1.png": picture(0)}, "holds a single folder, cat"),
    "a class without pictures": (PICTURES, {**pictures(), "pictures/cow/read.me": ""}, "cow holds no pictures"),
    "a folder that is a file": (PICTURES, {"pictures": ""}, "this is a file, not a folder"),
    "another folder than meant": ([*PICTURES, "dataset.folder=picture"], pictures(), "did you mean pictures?"),
    "ratings of words": (
        ["dataset=ratings", "dataset.path=t.csv", "model=embedding_dot_bias"],
        table("user,item,rating\n1,2,good\n"), "dataset=ratings",
    ),
}  # fmt: skip
"""Found before anything is made."""

LOADED = {
    "a corrupt picture": (PICTURES, pictures(cat__7=b"no picture"), "1 of 13 files in pictures cannot be decoded"),
    "a picture without an end": (
        [*PICTURES, "dataset.in_memory=true"], pictures(dog__7=b"\x89PNG\r\n\x1a\n" + b"0" * 99), "dog/7.png",
    ),
    "weights that are none": (["+model.weights=w.pt"], {"w.pt": "no weights"}, "model.weights=w.pt"),
    "a label out of range": (
        ["dataset=rows", "model=mlp", "~dataset.images", f"dataset._target_={OWN}", "+dataset.what=label"],
        {}, "sample 7 has the target 2: 2 classes have the labels 0 to 1",
    ),
    "a text too short": ([*TEXT, "batch_size=64"], {"t.txt": "abcdefghij" * 5}, "too few for 64 streams"),
}  # fmt: skip
"""Found when the data are loaded, in a folder that is made by then."""

RUNS = {
    "no such run": (["resume", "nothing"], "no run or sweep 'nothing'"),
    "no run to show": (["show", "nothing"], "nothing"),
    "no run to evaluate": (["eval", "nothing"], "no run 'nothing'"),
    "a part that there is not": (["eval", "latest", "--part", "tset"], "invalid choice: 'tset'"),
    "the past of a run": (["resume", "latest", "batch_size=3"], "would change the past of this run"),
    "bad words for a resume": (["resume", "latest", "epochs=0"], "epochs must be >= 1, got 0"),
    "no syntax for a resume": (["resume", "latest", "epochs=["], "epochs=["),
    "no weights of that name": (["eval", "latest", "--weights", "snapshot-7"], "snapshot-7"),
    "nothing to predict of": (["predict", "latest", "nowhere.png"], "nowhere.png"),
    "no run to predict with": (["predict", "nothing", "test"], "no run 'nothing'"),
    "no language model": (["generate", "latest"], "only a language model writes text"),
    "no convolution to explain": (["explain-image", "latest", "test:1"], "MLP has no convolution over images"),
    "a number of no sample": (["explain-image", "latest", "test:9999"], "9999"),
    "nothing to synchronise": (["sync", "nothing"], "no run 'nothing'"),
    "no search to report": (["report", "nothing"], "no run or sweep 'nothing'"),
    "a group that there is not": (["ls", "modle"], "did you mean model?"),
    "no choice to summarise": (["summary", "model=cnnn"], "did you mean cnn?"),
    "a range the wrong way round": (["lr-find", "--from", "1", "--to", "0.1"], "a range test climbs: from 1 to 0.1"),
    "no promise to verify": (["verify", "resum"], "invalid choice: 'resum'"),
    "no data for a matrix": (["matrix", "--dataset", "digit"], "digit"),
    "no time for a bench": (["bench", "--seconds", "-1"], "--seconds"),
    "a word too many": (["runs", "--jsn"], "--jsn"),
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder to be in, as a user is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])
    return tmp_path


def put(files):
    for name, content in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())


def said(words, capfd):
    """Return the exit code and what came on stderr."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    return ended.value.code, err


def test_there_are_many():
    tables = (COMMANDS, RECIPES, DATA, LOADED, RUNS)
    assert len(set().union(*tables)) == sum(map(len, tables)) >= 80


EARLY = {**COMMANDS, **RECIPES, **DATA}
TWICE = {
    "an unknown group", "an unknown choice", "an unknown key", "a number out of range", "a fraction of epochs",
    "nothing where something is needed", "a list without -m", "a bracket too few", "an interpolation into nothing",
    "a metric that there is not", "a model that does not fit the data", "a task that does not fit the data",
    "a search of a bad value", "broken YAML", "a key twice", "an unknown key in it", "a range in it",
    "a word that is no verb", "a flag that there is not", "a parent that there is not", "a text too short",
}  # fmt: skip
"""Tested elsewhere too, through a process of its own or without a command: not needed at each push."""


def often(table):
    """Return the names of a table's rows, those that are tested twice for ``make siege`` only."""
    return [pytest.param(name, marks=pytest.mark.siege) if name in TWICE else name for name in table]


@pytest.mark.parametrize("what", often(EARLY))
def test_it_is_refused_before_anything_is_made(place, capfd, what):
    words, files, message = EARLY[what]
    put(files)
    code, err = said(words, capfd)
    assert (code, message in err) == (2, True), err
    assert 1 <= err.count("error:") <= 2, err
    assert not (place / "outputs").exists()


@pytest.mark.parametrize("what", often(LOADED))
def test_it_is_refused_before_anything_is_trained(place, capfd, what):
    words, files, message = LOADED[what]
    put(files)
    code, err = said([*words, "callback=[record,checkpoint]"], capfd)
    assert (code, message in err) == (2, True), err
    assert err.count("error:") == 1
    (folder,) = (path.parent for path in place.glob("outputs/*/summary.json") if not path.parent.is_symlink())
    assert json.loads((folder / "summary.json").read_text())["status"] == "failed"
    assert not (folder / "checkpoints").exists()
    assert err.splitlines()[-1] == f"  --> {os.path.relpath(folder / 'log.txt')}"


@pytest.fixture(scope="module")
def with_a_run(tmp_path_factory):
    """A folder with a small run in it."""
    place = tmp_path_factory.mktemp("with a run")
    folder = place / "outputs" / "20260101-000000-abcdef"
    trained(folder, "epochs=1", "callback=[record,checkpoint]")
    return place


@pytest.mark.parametrize("what", RUNS)
def test_a_verb_refuses_it(with_a_run, monkeypatch, capfd, what):
    words, message = RUNS[what]
    monkeypatch.chdir(with_a_run)
    before = sorted(path for path in with_a_run.rglob("*"))
    code, err = said(words, capfd)
    assert (code, message in err) == (2, True), err
    assert sorted(path for path in with_a_run.rglob("*")) == before
