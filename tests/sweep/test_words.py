"""What the words of a search mean, whatever they choose, and wherever they stand."""

from pathlib import Path

import pytest

from tests.sweep.asked import asked, problems

RECIPE = """# a search
defaults:
  - /config
  - override /sweep: random
  - override /model: mlp
  - _self_
epochs: 2
sweep:
  trials: 5
  space:
    optimizer.lr: tag(log,interval(1e-4,1e-1))
    seed: 0,1
"""

EDITOR = '''
import os, signal
from pathlib import Path
from torch import nn

class Net(nn.Sequential):
    """A model whose first trial edits the recipe and kills its worker."""
    def __init__(self, in_shape, classes: int):
        super().__init__(nn.Flatten(), nn.Linear(64, classes))
        path = Path("r.yaml")
        if path.exists() and "epochs: 2" in path.read_text() and Path("outputs/s/trials/0").exists():
            path.write_text(path.read_text().replace("epochs: 2", "epochs: 7"))
            os.kill(os.getpid(), signal.SIGKILL)
'''


def test_a_recipe_says_what_is_searched_and_the_command_wins(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(RECIPE)
    with asked(str(path)) as search:
        assert list(search.space.describe()) == ["optimizer.lr", "seed"]
        assert (search.settings.trials, search.cfg.epochs) == (5, 2)
    with asked(str(path), "optimizer.lr=0.1", "seed=5,6,7", "model.dropout=0,0.5") as search:
        assert search.space.describe() == {"seed": "5,6,7", "model.dropout": "0,0.5"}
        assert search.composer.cfg(["seed=6", "model.dropout=0.5"]).optimizer.lr == 0.1


def test_a_recipe_that_searches_trains_once_without_m(cli, tmp_path):
    (tmp_path / "r.yaml").write_text(RECIPE)
    done = cli("r.yaml", "dataset=noise", "model.widths=[4]", "callback=[record]", "--cfg", "job")
    assert done.returncode == 0, done.stderr
    done = cli("r.yaml", "dataset=noise", "model.widths=[4]", "callback=[record,checkpoint]")
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "outputs" / "latest" / "config.yaml").read_text()
    assert "sweep" not in written
    assert "epochs: 2" in written


def test_where_a_search_writes():
    with asked("seed=0,1", "sweep.name=mine") as search:
        assert search.folder() == Path("outputs/mine")
    with asked("seed=0,1", "hydra.sweep.dir=elsewhere/x") as search:
        assert search.folder() == Path("elsewhere/x")


def test_a_problem_of_a_trial_is_placed_at_what_was_typed(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(RECIPE.replace("seed: 0,1", "seed: 0,-1"))
    (seed,) = problems(str(path))
    assert seed == ("seed must be >= 0, got -1", "sweep.space: seed=-1")
    (width,) = problems("model=cnn", "model.widths=[8],[0]")
    assert width[1] == "model.widths=[8],[0]"


def test_words_that_are_no_search():
    assert problems("seed=range(1,1)")
    assert any("chooses none of it" in text for text, _ in problems("model=range(1,3)"))
    assert any("no such sweep" in text for text, _ in problems("sweep=bayse", "seed=0,1"))


@pytest.mark.siege
def test_a_recipe_that_is_edited_meanwhile_changes_nothing(cli, tmp_path):
    """The task edits it before the second trial, which another worker does."""
    path = tmp_path / "r.yaml"
    path.write_text(RECIPE.replace("trials: 5", "trials: 3"))
    (tmp_path / "editor.py").write_text(EDITOR)
    words = [str(path), "dataset=noise", "model._target_=editor.Net", "callback=[record,checkpoint]", "sweep.jobs=1"]
    done = cli("-m", *words, "sweep.name=s")
    assert done.returncode == 0, done.stderr
    assert "epochs: 7" in path.read_text()
    written = [(tmp_path / f"outputs/s/trials/{number}/config.yaml").read_text() for number in range(3)]
    assert all("epochs: 2" in text for text in written)
