"""Four layers: the package's own defaults, a recipe and the one that it inherits, the user's folder, the command."""

import functools
from pathlib import Path

import pytest

from runner.command import read_command
from runner.compose import hydra_for
from runner.explain.trace import trace

FILES = {
    "mine/optimizer/steady.yaml": """\
# steady: my own optimizer
_target_: runner.optimizer.sgd.sgd
lr: 0.5
momentum: 0.8
weight_decay: ${optimizer.lr}
""",
    "base.yaml": """\
# the recipe that the other inherits
defaults:
  - config
  - override dataset: rows
  - override dataset@dataset.images: kmnist
  - override model: lstm
  - override optimizer: sgd
  - _self_

epochs: 7
batch_size: ${epochs}
optimizer: {lr: 0.2}
model:
  width: 16
""",
    "child.yaml": """\
# the recipe
defaults:
  - base
  - override optimizer: steady
  - override model: gru
  - _self_

seed: 3
optimizer:
  lr: 0.3
dataset: {images: {augment: null}}
""",
}
WORDS = (
    "child.yaml", "--config-dir", "mine",
    "model=cnn", "dataset=rows", "dataset@dataset.images=digits", "optimizer.lr=0.4", "+optimizer.freeze=[a]",
    "~callback.mlflow", "+callback=ema", "callback.ema.decay=0.5",
)  # fmt: skip


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """A folder with the files."""
    folder = tmp_path_factory.mktemp("four")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def four(place, monkeypatch):
    """Be in that folder."""
    monkeypatch.chdir(place)
    return place


@functools.cache
def _traced(folder, words):
    command = read_command(list(words))
    with hydra_for(command, showing=True) as loader:
        found, problems = trace(command, loader)
    assert not problems
    return found


@pytest.fixture
def traced():
    """Compose words and remember how; the same words once."""
    return lambda *words: _traced(Path.cwd(), words)
