"""What a word may become, without a shell."""

import pytest
from hydra._internal.utils import get_args_parser
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.completion.answer import TRAIN, answer
from runner.completion.verbs import read_verb
from runner.home import all_recipes
from runner.verbs import verbs
from runner.vocabulary.part import groups
from tests.history import made

VERBS = verbs()


def words(line):
    """The candidates of a line that ends with the word being typed."""
    *before, current = line.split(" ")
    return {one.word: one.about for one in answer(before, current, VERBS)}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_typed(place):
    found = words("")
    assert {*VERBS, "train"} <= set(found)
    assert {f"{group}=" for group in groups()} <= set(found)
    assert {"epochs=", "batch_size=", "seed=", "objective=", "recipes/"} <= set(found)
    assert found["model="] == "group; now cnn"
    assert found["epochs="] == "now 30"
    assert found["batch_size="].startswith("now 64; samples per weight update")
    assert found["ls"].startswith("list the parts")
    assert "model.depth=" not in found, "keys come after their group"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("opti", ["optimizer=", "optimizer."]),
        ("model.de", ["model.depth="]),
        ("model=gru model.c", ["model.cell="]),
        ("model=cn", ["model=cnn"]),
        ("-m model=cnn,ml", ["model=cnn,mlp"]),
        ("callback=[record,em", ["callback=[record,ema"]),
        ("+callback=em", ["+callback=ema"]),
        ("+callback=ema callback.ema.d", ["callback.ema.decay="]),
        ("+callback=ema ~callback.e", ["~callback.ema"]),
        ("~callback.ml", ["~callback.mlflow"]),
        ("++model.de", ["++model.depth="]),
        ("model.batch_norm=", ["model.batch_norm=true", "model.batch_norm=false"]),
        ("model.pool=", ["model.pool=max", "model.pool=avg", "model.pool=stride"]),
        ("batch_size=", ["batch_size=64", "batch_size=auto"]),
        ("dataset.aug", ["dataset.augment."]),
        ("dataset.augment.cr", ["dataset.augment.crop="]),
        ("dataset=rows dataset@", ["dataset@dataset.images="]),
        ("dataset=rows dataset@dataset.images=kmn", ["dataset@dataset.images=kmnist"]),
        ("dataset=rows dataset.images.augment.cr", ["dataset.images.augment.crop="]),
        ("sweep/pruner=ash", ["sweep/pruner=asha"]),
        ("sweep=bayes sweep.sampler.st", ["sweep.sampler.start="]),
        ("model._target_=runner.model.mlp.MLP model.dr", ["model.dropout="]),
        ("model._target_=no.where model.dr", []),
        ("recipes/rows_lstm.yaml model.forg", ["model.forget_bias="]),
        ("model.classes", []),  # a fact comes from the dataset
        ("--cf", ["--cfg"]),
        ("--cfg ", ["job", "hydra", "all"]),
        ("--info def", ["defaults", "defaults-tree"]),
        ("train opti", ["optimizer=", "optimizer."]),
        ("ls opti", ["optimizer", "optimizer="]),
        ("ls model=cn", ["model=cnn"]),
        ("ls --js", ["--json"]),
        ("explain optimizer.l", ["optimizer.lr", "optimizer.lr="]),
        ("check --al", ["--all"]),
        ("check model=cn", ["model=cnn"]),
        ("verify d", ["ddp"]),
        ("verify ddp model=cn", ["model=cnn"]),
        ("completion f", ["fish"]),
        ("matrix --dataset digits brea", ["breast_cancer"]),
        ("schema sweep/", ["sweep/pruner"]),
    ],
)
def test_what_is_typed(place, line, expected):
    assert list(words(line)) == expected


def test_recipes_here_and_packaged(place):
    assert set(words("recipes/ladder/")) == {name for name in all_recipes() if "/ladder/" in name}
    assert "0.9349" in words("recipes/ladder/4")["recipes/ladder/4_deeper.yaml"]
    (place / "recipes").mkdir()
    (place / "recipes" / "mine.yaml").write_text("# mine\nseed: 1\n")
    (place / "top.yaml").write_text("# at the top\nseed: 1\n")
    assert words("recipes/m") == {"recipes/mine.yaml": "mine"}
    assert words("to") == {"top.yaml": "at the top"}
    assert "recipes/digits_cnn.yaml" in words("cat recipes/d")


def test_the_users_own_parts(place, monkeypatch):
    (place / "conf" / "model").mkdir(parents=True)
    (place / "conf" / "model" / "mine.yaml").write_text("# my own\n_target_: runner.model.mlp.MLP\nwidths: [4]\n")
    for flag in ("--config-dir conf", "-cd conf", "--config-dir=conf"):
        assert words(f"{flag} model=mi") == {"model=mine": "my own"}
        assert "model.dropout=" in words(f"{flag} model=mine model.")
    assert list(words("--config-dir c")) == ["conf/"]
    monkeypatch.setenv("RUNNER_CONFIG_DIR", "conf")
    assert words("model=mi") == {"model=mine": "my own"}
    monkeypatch.delenv("RUNNER_CONFIG_DIR")
    assert list(words("ls --config-dir conf model=mi")) == ["model=mine"]


def run(place, name, summary='{"status": "finished", "objective": "valid/accuracy", "value": 0.5}'):
    folder = place / "outputs" / name
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("epochs: 1\n")
    (folder / "summary.json").write_text(summary)
    return folder


def test_runs_and_sweeps(place):
    assert words("resume ") == {}
    run(place, "20260101-000000-aaaaaa")
    run(place, "20260101-000001-bbbbbb", "broken")
    for number in (0, 2, 10):
        run(place, f"first/trials/{number}")
    (place / "outputs" / "first" / "sweep.yaml").write_text("space: {}\n")
    (place / "outputs" / "latest").symlink_to("20260101-000001-bbbbbb")
    assert words("eval ") == {
        "latest": "the newest run",
        "20260101-000001-bbbbbb": "run",
        "20260101-000000-aaaaaa": "finished valid/accuracy 0.5000",
    }
    assert words("resume fi") == {"first": "sweep"}, "a sweep can be resumed"
    assert list(words("eval 20260101-000000")) == ["20260101-000000-aaaaaa"], "the beginning of an id"
    assert list(words("eval first/trials/")) == ["first/trials/0", "first/trials/2", "first/trials/10"]
    assert {"latest", "first", "20260101-000000-aaaaaa"} <= set(words("report "))
    assert "sweep.trials=" in words("resume first sweep.")
    assert {"20260101-000000-aaaaaa", "first", "dataset="} <= set(words("show "))
    assert "first" not in words("summary fi")
    assert {"latest", "first", "model="} <= set(words("cp "))
    assert "latest" not in words("cat "), "a run has no text to be shown"


def known_runs(place):
    made.run(place / "outputs" / "20260101-000000-aaaaaa", "model=mlp", value=0.5)
    failed = made.run(place / "outputs" / "20260101-000001-bbbbbb", value=0.75, status="failed", model=made.CNN)
    (failed / "notes.jsonl").write_text('{"text": "lr too high"}\n{"tag": "odd"}\n{"tag": "big"}\n')


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("runs sta", ["status="]),
        ("runs status=", ["status=failed", "status=finished"]),
        ("runs status!=fa", ["status!=failed"]),
        ("runs model=", ["model=cnn", "model=mlp"]),
        ("best data", ["data.", "dataset.", "dataset="]),
        ("best dataset=", ["dataset=digits"]),
        ("runs tag=", ["tag=odd", "tag=big"]),
        ("runs no", ["note="]),
        ("runs test/", ["test/accuracy>="]),
        ("runs optimizer.l", ["optimizer.lr>="]),
        ("runs seed=", ["seed=0"]),
        ("runs 20260101-000000", ["20260101-000000-aaaaaa"]),
        ("runs --sort val", ["value", "valid/accuracy", "valid/loss"]),
        ("runs --sort -val", ["-value", "-valid/accuracy", "-valid/loss"]),
        ("runs --columns value,stat", ["value,status"]),
        ("best --metric test/", ["test/accuracy"]),
        ("assert latest test/", ["test/accuracy>="]),
        ("runs --last ", []),
        ("export latest --format ", ["pt2", "onnx", "state_dict", "all"]),
        ("export latest --format pt2,o", ["pt2,onnx"]),
        ("export latest --format=on", ["--format=onnx"]),
        ("export latest --weights ", ["best", "last"]),
        ("export 20260101-000000-aaaaaa --weights sn", ["snapshot-1"]),
        ("export --f", ["--format"]),
        ("eval latest --part ", ["train", "valid", "test"]),
        ("help exp", ["explain", "explain-image", "export"]),
        ("help export ", []),
        ("diff 20260101-000001", ["20260101-000001-bbbbbb"]),
        ("note latest --untag ", ["odd", "big"]),
        ("note latest ", []),
    ],
)
def test_runs_that_are_there(place, line, expected):
    known_runs(place)
    (place / "exports").mkdir()
    weights = place / "outputs" / "20260101-000000-aaaaaa" / "checkpoints"
    weights.mkdir()
    (weights / "snapshot-1.pt").write_text("")
    assert list(words(line)) == expected


def test_every_choice_of_a_flag_is_one(place):
    for name, path in VERBS.items():
        for flag in (one for one in read_verb(path).flags if one.choices):
            assert list(words(f"{name} {flag.names[-1]} ")) == list(flag.choices)


def test_names_and_values_of_no_runs_and_of_broken_ones(place):
    assert words("runs status=") == {}
    assert words("runs sta") == {}
    run(place, "20260101-000001-bbbbbb", "broken")
    assert list(words("runs status=")) == ["status=damaged"]
    assert "status=" in words("runs sta")


def test_hydras_flags_are_those_that_it_has():
    ours = {"-q", "--quiet", "--json"}
    known = ours | {name for action in get_args_parser()._actions for name in action.option_strings}
    assert {name for flag in TRAIN.flags for name in flag.names} <= known


FRAGMENTS = [
    "model", "=", ".", "cnn", "+", "++", "~", "[", ",", "@", "dataset", "rows", "callback", "ema", "--", "-m", "-cd",
    "conf", "recipes/", "x.yaml", "_target_", "ls", "explain", "resume", "matrix", "--dataset", "/", "..", "~/", "'",
]  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from(FRAGMENTS), max_size=4).map("".join), min_size=1, max_size=5))
def test_whatever_is_typed_nothing_breaks(typed):
    *before, current = typed
    assert all(one.word.startswith(current) for one in answer(before, current, VERBS))
