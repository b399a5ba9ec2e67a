"""Files from a stranger: no code of theirs runs, and each is refused by what is wrong with it. Through the real verbs.

Whatever would run leaves a canary; it is looked for after each of them.
"""

import gzip
import hashlib
import io
import json
import os
import pickle
import re
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
import torch
import yaml

from runner.cli import dispatch
from runner.configuration import composed
from runner.statefile import load, save
from runner.trust import ledger
from runner.trust.checkpoint import MANIFEST
from tests.support import trained

EVIL = """
from pathlib import Path
Path({canary!r}).write_text("imported")
class Net:
    def __init__(self, **_):
        Path({canary!r}).write_text("built")
from torch import load
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of this user's."""
    folder = tmp_path_factory.mktemp("own") / "outputs" / "own"
    trained(folder, "epochs=1")
    return folder


@pytest.fixture
def place(tmp_path, monkeypatch, run):
    """A working directory with the run under another name, as a stranger would send it, and the stranger's module."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("SECRET", "s3cr3t")
    monkeypatch.setenv("HYDRA_INSTANTIATE_ALLOWLIST_OVERRIDE", "os.system:os.remove:evil.Net")
    (tmp_path / "evil.py").write_text(EVIL.format(canary=str(tmp_path / "canary")))
    (tmp_path / "fetched.py").write_text("from torch import load\n")
    shutil.copytree(run, tmp_path / "outputs" / "sent")
    yield tmp_path
    sys.modules.pop("evil", None)


class Program:
    """A pickle that runs a command."""

    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return os.system, (f"touch {self.canary}",)


def changed(place, change):
    """Let ``change`` alter the configuration of the run that was sent."""
    path = place / "outputs" / "sent" / "config.yaml"
    tree = yaml.safe_load(path.read_text())
    change(tree, place)
    path.write_text(yaml.safe_dump(tree, sort_keys=False))


def bundle(target, **more):
    return lambda tree, place: tree["callback"].update(x={"_target_": target, **more})


def at(canary, target, **more):
    """A callback whose target would leave a canary."""
    return lambda tree, place: tree["callback"].update(
        x={"_target_": target, **{key: value.format(place / canary) for key, value in more.items()}}
    )


def pickled(place):
    (place / "p.pkl").write_bytes(pickle.dumps(Program(place / "canary")))
    return str(place / "p.pkl")


def loads(target, key):
    return lambda tree, place: tree["callback"].update(x={"_target_": target, key: pickled(place)})


def in_a_list(tree, place):
    tree["callback"]["x"] = {"_target_": "runner.callback.record.Record", "_args_": [[{"_target_": "evil.Net"}]]}


def interpolated(tree, place):
    tree["name"] = "evil.Net"
    tree["model"]["_target_"] = "${name}"


TARGETS = {
    "own class": (lambda tree, place: tree["model"].update(_target_="evil.Net"), "model._target_=evil.Net"),
    "torch.load": (loads("torch.load", "f"), "it loads pickles"),
    "hub": (bundle("torch.hub.load", repo_or_dir="x", source="local", model="y"), "torch.hub.load: it is refused"),
    "joblib": (loads("joblib.load", "filename"), "it loads pickles"),
    "pandas": (loads("pandas.read_pickle", "filepath_or_buffer"), "it loads pickles"),
    "numpy": (bundle("numpy.load", file="x.npy", allow_pickle=True), "it loads pickles"),
    "mlflow": (bundle("mlflow.pyfunc.load_model", model_uri="x"), "it loads pickles"),
    "write_text": (bundle("pathlib.Path.write_text", _args_=["canary", "x"]), "it writes"),
    "system": (at("canary", "os.system", command="touch {}"), "it starts programs"),
    "subprocess": (bundle("subprocess.run", args=["touch", "canary"]), "it starts programs"),
    "extension": (bundle("torch.utils.cpp_extension.load", name="x", sources=["x.cpp"]), "it starts programs"),
    "pip": (bundle("pip.main", args=["install", "x"]), "it starts programs"),
    "exec": (bundle("builtins.exec", _args_=["open('canary','w')"]), "it makes code of text"),
    "through another module": (loads("runner.model.weights.torch.load", "f"), "is none of the packaged parts"),
    "through its own module": (loads("evil.load", "f"), "is none of the packaged parts"),
    "looked up": (bundle("hydra.utils.get_method", path="os.system"), "hydra.utils.get_method is none of"),
    "partial": (bundle("evil.Net", _partial_=True), "evil.Net is none of the packaged parts"),
    "not recursive": (bundle("runner.callback.ema.EMA", _recursive_=False, decay={"_target_": "evil.Net"}), "evil.Net"),
    "in a list": (in_a_list, "callback.x._args_[0][0]._target_=evil.Net"),
    "of one of runner's own": (bundle("runner.sweep.worker.main", parent=1, pipe=1), "it starts programs"),
    "a prefix": (bundle("torch.optim.Adam"), "torch.optim.Adam is none of the packaged parts"),
    "no name": (bundle(["evil.Net"]), "callback.x._target_ is no name but list"),
    "interpolated": (interpolated, "model._target_=${name} is none of the packaged parts"),
    "environment": (bundle("runner.callback.record.Record", x="${oc.env:SECRET}"), "reads the environment"),
    "environment inside": (bundle("runner.callback.record.Record", x="${oc.decode:${oc.env:SECRET}}"), "computes"),
    "made of pieces": (bundle("runner.callback.record.Record", x="${${a}:SECRET}"), "computes"),
    "eval": (bundle("runner.callback.record.Record", x="${eval:'1'}"), "computes"),
}


RESUMED = ("own class", "torch.load", "environment", "in a list", "interpolated")


@pytest.mark.parametrize(("verb", "name"), [*(("eval", one) for one in TARGETS), *(("resume", one) for one in RESUMED)])
def test_a_run_may_only_name_packaged_parts(place, capsys, verb, name):
    change, said = TARGETS[name]
    changed(place, change)
    before = set(place.rglob("*"))
    assert dispatch([verb, "sent"]) == 2
    told = capsys.readouterr().err
    assert "outputs/sent was not made here by you, or was changed since" in told
    assert said in told
    assert "s3cr3t" not in told
    assert not (place / "canary").exists()
    assert "evil" not in sys.modules, "to judge a name nothing is imported"
    assert set(place.rglob("*")) == before


VERBS = {
    "predict": ["predict", "sent", "test"],
    "export": ["export", "sent", "--format", "state_dict"],
    "generate": ["generate", "sent"],
    "explain-image": ["explain-image", "sent", "test:0"],
    "summary": ["summary", "sent"],
    "sync": ["sync", "sent"],
}


@pytest.mark.parametrize("verb", VERBS)
def test_no_other_verb_builds_it_either(place, capsys, verb):
    changed(place, TARGETS["own class"][0])
    assert dispatch(VERBS[verb]) == 2
    assert "model._target_=evil.Net is none of the packaged parts" in capsys.readouterr().err
    assert not (place / "canary").exists()


@pytest.mark.parametrize("words", [["runs"], ["runs", "--json"], ["show", "sent"], ["show", "sent", "--json"]])
def test_verbs_that_look_at_it_build_nothing(place, capsys, words):
    changed(place, TARGETS["own class"][0])
    assert dispatch(words) == 0
    assert "sent" in capsys.readouterr().out
    assert not (place / "canary").exists()


def test_a_name_that_the_user_vouches_for_is_taken_and_only_that(place, capsys):
    changed(place, TARGETS["own class"][0])
    (place / "evil.py").write_text("from runner.model.mlp import MLP as Net\n")
    assert dispatch(["eval", "sent", "--trust", "evil:Other"]) == 2
    assert "--trust evil:Net" in capsys.readouterr().err
    assert dispatch(["eval", "sent", "--trust", "evil:Net"]) == 0
    assert dispatch(["eval", "sent", "--trust", "torch.*"]) == 2
    assert dispatch(["eval", "sent", "--trust", "torch:load"]) == 2
    assert "it loads pickles" in capsys.readouterr().err


def test_what_was_sent_and_is_ordinary_needs_nobody_to_vouch_for_it(place, capsys):
    assert dispatch(["eval", "sent"]) == 0
    assert dispatch(["resume", "sent", "epochs=2"]) == 0
    text = (place / "outputs" / "sent" / "config.yaml").read_text()
    assert ledger.knows("sent", text), "who goes on with it has made it his own"


def test_documents_are_bounded(place, capsys):
    path = place / "outputs" / "sent" / "config.yaml"
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefg", "bcdefgh", strict=True)
    )
    hostile = {
        bomb: "aliases repeat more than 10,000 values",
        "a: !!python/object/apply:os.system ['touch canary']\n": "could not determine a constructor",
        "x: " + "[" * 200 + "]" * 200: "nested more than 64 levels deep",
        "a: &a [*a]\n": "*a stands for something that is not complete",
        "a: &a {b: 1}\n" + "c: {<<: [" + "*a," * 11000 + "*a]}\n": "aliases repeat more than",
        "- x": "is no configuration",
        "x" * 5_000_000: "more than 4,194,304 bytes",
    }
    for text, said in hostile.items():
        path.write_text(text)
        for verb in ("eval", "resume", "show"):
            assert dispatch([verb, "sent"]) == 2
            assert said in capsys.readouterr().err
    assert dispatch(["runs"]) == 0
    (place / "bomb.yaml").write_text(bomb)
    assert dispatch(["bomb.yaml"]) == 2
    assert "aliases repeat more than 10,000 values" in capsys.readouterr().err
    assert not (place / "canary").exists()


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(place, capsys):
    for name in ("config.yaml", "summary.json"):
        (place / "outputs" / "sent" / name).unlink()
        os.mkfifo(place / "outputs" / "sent" / name)
    assert dispatch(["runs"]) == 0


def checkpoint(place, name):
    return place / "outputs" / "sent" / "checkpoints" / name


def with_pickle(path):
    save(path, {"model": Program(path.parents[3] / "canary")})


def with_flipped_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def with_zero_tail(path):
    content = path.read_bytes()
    path.write_bytes(content[:-200] + bytes(200))


def packed(path):
    """As small as a letter, as large as a house."""
    source = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in source.infolist():
            archive.writestr(member.filename, source.read(member))
        archive.writestr("archive/data/99", bytes(10_000_000))
    replaced(path, made.getvalue())


def replaced(path, content):
    """Put other bytes in place of a checkpoint, and their sha256 beside it, as anybody can."""
    path.write_bytes(content)
    manifest = json.loads((path.parent / MANIFEST).read_text())
    manifest[path.name] = [hashlib.sha256(content).hexdigest()]
    (path.parent / MANIFEST).write_text(json.dumps(manifest))


def without_manifest(path):
    (path.parent / MANIFEST).unlink()


def of_the_future(path):
    save(path, {**torch.load(path, weights_only=True), "format": 99})


CHECKPOINTS = {
    "pickle": (with_pickle, "it asks for posix.system, which was not run"),
    "bit": (with_flipped_bit, "is damaged: its sha256 is not the one in manifest.json"),
    "cut": (cut, "is damaged: its sha256 is not the one in manifest.json"),
    "zeros": (with_zero_tail, "is damaged: its sha256 is not the one in manifest.json"),
    "cut and signed": (lambda path: replaced(path, path.read_bytes()[:-100]), "it is no whole file of torch.save"),
    "packed": (packed, "is packed, as torch packs nothing"),
    "no manifest": (without_manifest, "is not in manifest.json beside it"),
    "another version": (of_the_future, "has format 99, this version reads 1"),
    "plain pickle": (
        lambda path: replaced(path, pickle.dumps(Program(path.parents[3] / "canary"))),
        "cannot be read as weights",
    ),
}


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_checkpoint_is_data_and_whole(place, capsys, monkeypatch, name):
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    change, said = CHECKPOINTS[name]
    change(checkpoint(place, "best.pt"))
    assert dispatch(["eval", "sent"]) == 2
    assert said in capsys.readouterr().err
    if name != "no manifest":
        change(checkpoint(place, "last.pt"))
    with pytest.raises(ValueError, match=re.escape(said)):
        load(checkpoint(place, "last.pt"))
    if name in ("pickle", "bit"):
        assert dispatch(["resume", "sent", "epochs=2"]) == 1
        assert said in (place / "outputs" / "sent" / "log.txt").read_text()
    assert not (place / "canary").exists()


@pytest.mark.parametrize("name", ["pickle", "bit", "packed", "plain pickle"])
def test_weights_to_begin_with_are_data_and_whole(place, name):
    from runner.model.mlp import MLP
    from runner.model.weights import load_weights

    change, said = CHECKPOINTS[name]
    path = checkpoint(place, "best.pt")
    change(path)
    with pytest.raises(ValueError, match=f"model.weights=.*best.pt.*{said[:30]}"):
        load_weights(MLP((1, 8, 8), 10, [8]), str(path))
    assert not (place / "canary").exists()


@pytest.mark.parametrize("word", ["../own", "a/b", "..", "x\x00y", ""])
def test_names_of_checkpoints_stay_in_their_folder(place, capsys, word):
    assert dispatch(["eval", "sent", "--weights", word]) == 2
    assert "names no checkpoint" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["log.txt", ".lock", "metrics.jsonl", "checkpoints/last.pt"])
@pytest.mark.parametrize("words", [["resume", "sent", "epochs=2"], ["sync", "sent"]])
def test_nothing_is_written_through_a_link(place, capsys, name, words):
    outside = place / "profile"
    outside.write_text("mine\n")
    path = place / "outputs" / "sent" / name
    path.unlink(missing_ok=True)
    path.symlink_to(outside)
    assert dispatch(words) == 2
    assert f"{name} is a link, to {outside}" in capsys.readouterr().err
    assert outside.read_text() == "mine\n"


def test_a_search_from_elsewhere_chooses_none_of_the_users_own_parts(place, capsys, monkeypatch):
    (place / "mine" / "model").mkdir(parents=True)
    (place / "mine" / "model" / "own.yaml").write_text("_target_: runner.model.mlp.MLP\n")
    monkeypatch.setenv("RUNNER_CONFIG_DIR", str(place / "mine"))
    folder = place / "outputs" / "search"
    folder.mkdir()
    words = ["-m", "sweep.name=search", "seed=0,1", "dataset=noise", "model=own"]
    (folder / "sweep.yaml").write_text(
        yaml.safe_dump({"name": "search", "words": words, "identity": {"storage": None}})
    )
    assert dispatch(["resume", "search"]) == 2
    assert "model=own: no such model" in capsys.readouterr().err
    assert not (folder / "trials").exists()


STORES = ["http://store.example", "postgresql://store.example/x", "sqlite:////tmp/site-packages/x.pth"]


@pytest.mark.parametrize("uri", STORES)
@pytest.mark.parametrize("words", [["resume", "sent", "epochs=2"], ["sync", "sent"]])
def test_nothing_is_sent_to_where_a_run_from_elsewhere_says(place, capsys, uri, words):
    sent = place / "outputs" / "sent"
    (sent / "tracking.json").write_text(json.dumps({"uri": uri, "run_id": "../../x"}))
    assert dispatch(words) == 2
    assert f"{uri} is a place to send things to" in capsys.readouterr().err
    (sent / "tracking.json").unlink()
    node = {"_target_": "runner.callback.mlflow.MLflow", "uri": uri}
    changed(place, lambda tree, _: tree["callback"].update(mlflow=node))
    assert dispatch(words) == 2
    assert f"--trust {uri}" in capsys.readouterr().err


WORDS = {
    "a flag that loads a pickle": (["--experimental-rerun", "config.pickle"], "--experimental-rerun in its command"),
    "a flag": (["--cfg", "job"], "--cfg in its command is a flag"),
    "parts of its own": (["--config-dir", "outputs/search/conf"], "--config-dir in its command is a flag or a file"),
    "a recipe": (["outputs/search/recipe.yaml"], "outputs/search/recipe.yaml in its command is a flag or a file"),
    "launcher": (["hydra/launcher=evil"], "hydra/launcher=evil in its command is for Hydra itself"),
    "callback": (["+hydra.callbacks.x._target_=evil.Net"], "is for Hydra itself"),
    "folder": (["hydra.sweep.dir=../../x"], "is for Hydra itself"),
    "target": (["model._target_=evil.Net"], "model._target_=evil.Net is none of the packaged parts"),
    "one of several": (["model._target_=runner.model.mlp.MLP,evil.Net"], "_target_=evil.Net is none"),
    "in a mapping": (["model={_target_: evil.Net}"], "hides a target"),
    "in the space": (["sweep.space={model._target_: 'choice(evil.Net)'}"], "hides a target"),
    "refused": (["model._target_=torch.load"], "it loads pickles"),
    "environment": (["dataset.path=${oc.env:SECRET}"], "computes"),
    "storage": (["sweep.storage=postgresql://there.example/x"], "is a place to send things to"),
}


@pytest.mark.parametrize("name", WORDS)
def test_the_words_of_a_search_from_elsewhere_are_not_the_users(place, capsys, name):
    words, said = WORDS[name]
    folder = place / "outputs" / "search"
    folder.mkdir()
    whole = ["-m", "sweep.name=search", "seed=0,1", "dataset=noise", *words]
    described = {"name": "search", "words": whole, "identity": {"storage": None}}
    (folder / "sweep.yaml").write_text(yaml.safe_dump(described))
    before = set(place.rglob("*"))
    assert dispatch(["resume", "search"]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "runner -m seed=0,1 dataset=noise " in told or "--trust" in told
    assert set(place.rglob("*")) == before


@pytest.mark.parametrize("words", [["show", "search"], ["report", "search"], ["sweeps"]])
def test_the_study_of_a_search_from_elsewhere_is_in_its_folder(place, capsys, words):
    folder = place / "outputs" / "search"
    folder.mkdir()
    said = {"name": "search", "words": ["-m"], "identity": {"storage": "postgresql://there.example/${oc.env:SECRET}"}}
    (folder / "sweep.yaml").write_text(yaml.safe_dump(said))
    assert dispatch(words) == (0 if words == ["sweeps"] else 2)
    told = "".join(capsys.readouterr())
    assert "reads the environment" in told
    assert "s3cr3t" not in told


def test_the_user_too_cannot_name_what_makes_code_of_data(place):
    words = [
        ("model._target_=torch.load", "model._target_=torch.load: it is refused wherever it is named"),
        ("task._target_=fetched.load", "task._target_=fetched.load: it is refused wherever it is named"),
        ("+callback.x={_target_: os.system, command: 'touch canary'}", "it starts programs"),
        ("+callback.y={_target_: hydra.utils.get_method, path: os.remove}", "callback.y.path=os.remove"),
    ]
    _, problems = composed([word for word, _ in words])
    told = [problem.message for problem in problems]
    for _, said in words:
        assert any(said in message for message in told), said
    assert len(told) == len(words)
    assert not (place / "canary").exists()


def test_a_recipe_is_the_users_word_and_even_so_not_a_pickles(place):
    (place / "recipe.yaml").write_text(
        "defaults: [config, _self_]\nmodel:\n  _target_: joblib.load\n  filename: " + pickled(place) + "\n"
    )
    _, problems = composed(["recipe.yaml"])
    assert "model._target_=joblib.load: it is refused" in problems[0].message
    assert not (place / "canary").exists()


def test_what_a_stranger_wrote_is_not_obeyed_by_the_terminal(place, capsys):
    sent = place / "outputs" / "sent"
    (sent / "overrides.yaml").write_text('- "seed=1\\e]0;owned\\a\\e[2J"\n')
    summary = json.loads((sent / "summary.json").read_text())
    (sent / "summary.json").write_text(json.dumps({**summary, "status": "\x1b[31mfinished", "objective": "\x1b[2J"}))
    for words in (["runs"], ["show", "sent"]):
        assert dispatch(words) == 0
        told = capsys.readouterr().out
        assert "\x1b" not in told
        assert "\\x1b" in told


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "{", '{"seconds": 3, "value": "x", "epochs": []}', "\xff"])
def test_a_strange_summary_hides_no_other_run(place, capsys, text, run):
    shutil.copytree(run, place / "outputs" / "own")
    (place / "outputs" / "sent" / "summary.json").write_text(text, encoding="latin-1")
    (place / "outputs" / "sent" / "metrics.jsonl").write_text(text, encoding="latin-1")
    assert dispatch(["runs"]) == 0
    assert "own " in capsys.readouterr().out
    assert dispatch(["show", "sent"]) in (0, 2)


def test_gzip_of_anything_is_bounded_everywhere(place):
    """The readers that unpack say how much they take: see also their own tests."""
    from runner.dataset.table.separated import read_table

    (place / "table.csv.gz").write_bytes(gzip.compress(b"a,b\n" + bytes(3_000_000)))
    with pytest.raises(ValueError, match="zero byte"):
        read_table("table.csv.gz")
    assert Path("table.csv.gz").stat().st_size < 10_000


JOURNALS = {
    "deep": "[" * 100_000 + "\n",
    "no study": '{"op_code": 0}\n',
    "unknown": '{"op_code": 99, "worker_id": "x"}\n',
    "bytes": "\x00\xff\n",
    "facts": '{"op_code":0,"worker_id":"x","study_name":"search","directions":[2]}\n'
    '{"op_code":2,"worker_id":"x","study_id":0,"user_attr":{"objectives":5}}\n',
}


@pytest.mark.parametrize("name", JOURNALS)
def test_a_strange_journal_hides_no_other_search(place, capsys, name):
    for folder in ("search", "other"):
        (place / "outputs" / folder).mkdir()
        (place / "outputs" / folder / "sweep.yaml").write_text(f"name: {folder}\nwords: 5\n")
    (place / "outputs" / "search" / "study.journal").write_text(JOURNALS[name], encoding="latin-1")
    assert dispatch(["sweeps"]) == 0
    assert "other " in capsys.readouterr().out
    for words in (["show", "search"], ["report", "search"], ["resume", "search"]):
        assert dispatch(words) == 2
        assert "error: " in capsys.readouterr().err
