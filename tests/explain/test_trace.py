"""What was replayed is what Hydra composed, key by key."""

import pytest

from runner.command import read_command
from runner.compose import hydra_for
from runner.explain.trace import leaves, trace
from runner.home import all_recipes
from tests.explain.conftest import WORDS

COMMANDS = [
    ("callback=record", "+callback=[ema,tta]", "callback.ema.decay=0.9", "~callback.ema.warmup", "debug=smoke"),
    ("model._target_=runner.model.mlp.MLP", "model.widths.0=5", "++model.activation=gelu", "seed=${epochs}"),
    ("dataset.augment={crop: 5}", "expect={test/accuracy: '>= 1'}", "+optimizer.rates={layers.0.*: 0.1}"),
    ("-m", "sweep=bayes", "optimizer.lr=tag(log,interval(0.1,1))", "model=mlp,cnn", "epochs=range(1,4)"),
    (),
    ("recipes/digits_cnn.yaml", "debug=smoke"),
    ("model=lstm", "dataset=rows", "dataset@dataset.images=fashion_mnist"),
    ("+callback=ema", "~callback.mlflow", "~callback.progress.bar"),
    ("~debug", "~dataset.augment", "objective=[valid/accuracy,params]", "hydra.run.dir=there"),
    ("sweep.space={optimizer.lr: 'interval(1,2)'}",),
]  # fmt: skip
SET_BY_HYDRA = {("hydra", name) for name in ("runtime", "overrides", "job", "mode")}


def differing(found):
    real = {key: value for key, value in leaves(found.cfg).items() if key[:2] not in SET_BY_HYDRA}
    ours = {key: value for key, value in found.replay.leaves.items() if key[:2] not in SET_BY_HYDRA}
    return {key: (real.get(key), ours.get(key)) for key in real.keys() | ours.keys() if real.get(key) != ours.get(key)}


@pytest.mark.parametrize(
    "words", [*COMMANDS[:4], *(pytest.param(words, marks=pytest.mark.siege) for words in COMMANDS[4:])], ids=" ".join
)
def test_commands(traced, words):
    found = traced(*words)
    assert len(found.replay.leaves) > 80
    assert differing(found) == {}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if "/3_" in name or "/4_" in name or "rows" in name else pytest.mark.siege)
        for name in all_recipes()
    ],
)
def test_recipes(traced, name):
    assert differing(traced(name)) == {}


def test_four_layers(four, traced):
    assert differing(traced(*WORDS)) == {}


def test_merge_keys_and_layers_that_replace_whole_mappings(tmp_path, monkeypatch, traced):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(
        "defaults: [config, _self_]\ndataset: {augment: null}\nsweep:\n  confirm: &some {top: 3, seeds: 5}\n"
    )
    (tmp_path / "b.yaml").write_text(
        "defaults: [a, _self_]\ndataset: {augment: {_target_: runner.dataset.augment.Augment, crop: 2}}\n"
        "sweep:\n  coarse_to_fine: {<<: {trials: 16, epochs: 0.25}, keep: 0.5}\n  confirm: null\n"
    )
    found = traced("b.yaml")
    assert differing(found) == {}
    assert found.replay.history["sweep", "coarse_to_fine", "trials"][-1].place == "b.yaml:4"


@pytest.mark.parametrize("words", [["modle=cnn", "epochs=0"], ["~callback.no"]])
def test_a_mistyped_command_is_refused(words):
    command = read_command(words)
    with hydra_for(command, showing=True) as loader:
        found, problems = trace(command, loader)
    assert found is None
    assert {problem.place for problem in problems} == set(words)


def test_a_wrong_file_is_looked_at(tmp_path, monkeypatch, traced):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.yaml").write_text("defaults: [config, _self_]\nepochs: 0\n")
    assert traced("wrong.yaml", "seed=1").replay.leaves["epochs",] == 0
