import pytest
import torch
from omegaconf import OmegaConf

from runner.beside import Beside
from runner.build import make_callbacks, make_model, target_facts
from runner.callback.prune import Prune
from runner.dataset.data import Data, Split, Splits
from runner.interrupt import Interrupt
from runner.make import bare, make, shared, without_shared
from runner.resident import Resident
from runner.task.binary import Binary
from runner.task.classification import Classification
from tests.support import built, config, trained


def test_facts_reach_only_those_who_name_them():
    cfg = config()
    model = make(cfg.model, in_shape=(1, 8, 8), classes=4, vocabulary=9)
    assert model(torch.zeros(2, 1, 8, 8)).shape == (2, 4)


def test_the_task_says_how_many_numbers_a_model_gives():
    cfg, data = config("dataset.classes=2"), make(config("dataset.classes=2").dataset)
    inputs, _ = data.example(3)
    assert make_model(cfg, data, Classification())(inputs).shape == (3, 2)
    assert make_model(cfg, data, Binary())(inputs).shape == (3, 1)


def test_keys_that_every_choice_has_are_taken_out_of_the_node():
    cfg = config("++model.weights=/there.pt", "++optimizer.freeze=[layers.1.*]", "++optimizer.rates={*:0.5}")
    assert shared(cfg, "model") == {"weights": "/there.pt"}
    assert shared(cfg, "optimizer") == {"freeze": ["layers.1.*"], "rates": {"*": 0.5}}
    assert "weights" not in without_shared(cfg, "model")
    assert without_shared(cfg, "optimizer")._target_ == cfg.optimizer._target_


def test_freezing_and_rates_reach_the_optimizer(tmp_path):
    run = built(tmp_path / "run", "++optimizer.freeze=[layers.1.*]", "++optimizer.rates={layers.3.*:0.1}")
    trained_ones = {id(p) for group in run.optimizer.param_groups for p in group["params"]}
    assert trained_ones == {id(p) for name, p in run.model.named_parameters() if name.startswith("layers.3")}
    run.schedule(3)
    assert run.optimizer.param_groups[0]["lr"] == pytest.approx(0.1 * run.schedule.curve(3, run.schedule.total) * 3e-3)


def test_weights_come_from_a_file_once_and_not_when_a_run_goes_on(tmp_path):
    trained(tmp_path / "first")
    best = tmp_path / "first" / "checkpoints" / "best.pt"
    run = built(tmp_path / "second", f"++model.weights={best}", "dataset.classes=7")
    mine, theirs = run.model.state_dict(), torch.load(best, weights_only=True)["model"]
    assert torch.equal(mine["layers.1.weight"], theirs["layers.1.weight"])
    assert "layers.3.weight" in run.facts["notes"][-1]
    assert "left fresh" in run.facts["notes"][-1]
    trained(tmp_path / "third", f"++model.weights={best}", "epochs=1")
    best.unlink()
    built(tmp_path / "third", f"++model.weights={best}", "epochs=1")  # its own checkpoint is enough
    with pytest.raises(ValueError, match=r"model\.weights"):
        built(tmp_path / "fourth", f"++model.weights={best}")


def data_of(targets, **facts):
    split = Split(torch.zeros(len(targets), 1), targets)
    splits = Splits(split, split, split, None, None, "", "")
    return Data("made", (1,), facts.pop("classes", ()), lambda: splits, **facts), splits


def test_what_a_task_is_told_of_the_targets():
    labels = torch.tensor([0, 2, 2])
    facts = target_facts(*data_of(labels, classes=("a", "b", "c")))
    assert facts["counts"].tolist() == [1, 0, 2]
    facts = target_facts(*data_of(torch.tensor([1.0, 3.0])))
    assert facts == {"center": 2.0, "spread": 1.0}
    assert target_facts(*data_of(labels, classes=("a", "b", "c"), next_token=True)) == {}


def test_balanced_sampling_is_for_training_alone(tmp_path):
    cfg = config("++dataset.sampling=balanced")
    data = make(cfg.dataset)
    from runner.build import make_batches

    batches = make_batches(cfg, data, data.load(), torch.device("cpu"))
    assert batches["train"].weights is not None
    assert batches["valid"].weights is batches["test"].weights is None


def test_what_a_search_says_beside_the_configuration(tmp_path):
    cfg = config("callback=[progress,mlflow,record,checkpoint]")
    beside = Beside(judge=lambda *_: None, without=("progress", "mlflow"))
    assert list(make_callbacks(cfg, Beside(), main=True)) == ["progress", "mlflow", "record", "checkpoint"]
    alone = make_callbacks(cfg, beside, main=True)
    assert list(alone) == ["record", "checkpoint", "the search"]
    assert isinstance(alone["the search"], Prune)
    assert list(make_callbacks(cfg, beside, main=False)) == ["checkpoint"], "one process talks to the study"


def test_data_that_is_in_memory_already_is_not_loaded_again(tmp_path, monkeypatch):
    from runner.build import build

    resident = Resident()
    first = build(config("seed=1"), tmp_path, Interrupt(), Beside(resident=resident))
    again = build(config("seed=2"), tmp_path, Interrupt(), Beside(resident=resident))
    other = build(config("dataset.spread=0.5"), tmp_path, Interrupt(), Beside(resident=resident))
    rows = [run.batches["train"].rows for run in (first, again, other)]
    assert rows[0] is rows[1]
    assert rows[0] is not rows[2]


def test_a_partial_loses_hydras_wrapper():
    node = OmegaConf.create({"_target_": "runner.schedule.cosine.cosine", "_partial_": True, "final": 0.5})
    curve = bare(make(node))
    assert curve.func.__module__ == "runner.schedule.cosine"
    assert curve(9, 10) == pytest.approx(0.5)
