"""A run brought back: the weights, the data and the way it was evaluated."""

import json

import pytest
import torch

from runner.callback.tta import Views
from runner.inference.saved import Saved
from runner.loop import evaluate
from runner.model.ensemble import Ensemble
from runner.task.classification import Classification
from tests.support import trained


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("place") / "run"
    trained(folder)
    return folder


@pytest.fixture(scope="module")
def averaged(tmp_path_factory):
    """A run that evaluated an average of its weights, mirrored, by callbacks of other names."""
    folder = tmp_path_factory.mktemp("place") / "averaged"
    own = ["+callback.mean._target_=runner.callback.ema.EMA", "+callback.mirrored._target_=runner.callback.tta.TTA"]
    summary = trained(folder, *own, "epochs=2", "dataset.spread=90")
    return folder, summary


def weights(folder, name):
    return torch.load(folder / "checkpoints" / f"{name}.pt", weights_only=True)


def test_the_best_model(folder):
    run = Saved(folder)
    model = run.model()
    assert not model.training
    assert run.data.shape == (1, 8, 8)
    assert isinstance(run.task, Classification)
    best = weights(folder, "best")["model"]
    assert all(torch.equal(value, best[key]) for key, value in model.state_dict().items())


def test_several_checkpoints_are_one_model(folder):
    run = Saved(folder)
    inputs, _ = run.data.example(2)
    both = run.model(["best", "last"])
    assert isinstance(both, Ensemble)
    expected = (run.model()(inputs) + run.model(["last"])(inputs)) / 2
    torch.testing.assert_close(both(inputs), expected)
    with pytest.raises(ValueError, match="no checkpoint"):
        run.model(["nothing"])


def test_a_model_is_evaluated_as_in_its_training(averaged):
    folder, summary = averaged
    metrics = evaluate(Saved(folder).run(), "test")
    final = summary["metrics"]["final"]
    assert metrics == {name: pytest.approx(final[name]) for name in metrics}
    assert isinstance(Saved(folder).evaluated(), Views)
    mirrored = evaluate_by_hand(Saved(folder), "best")
    assert mirrored == pytest.approx(final["test/loss"])


def evaluate_by_hand(run, name):
    model, splits = run.model([name]), run.splits
    inputs = (splits.test.inputs.float() - splits.mean) / splits.std
    with torch.no_grad():
        scores = (model(inputs) + model(inputs.flip(-1))) / 2
    return torch.nn.functional.cross_entropy(scores, splits.test.targets).item()


def test_the_last_weights_are_those_that_were_evaluated(averaged):
    folder, _ = averaged
    state = weights(folder, "last")
    average = state["callbacks"]["mean"]["average"]
    last = Saved(folder).model(["last"]).state_dict()
    assert all(torch.equal(last[key], average[key]) for key in average)
    assert not all(torch.equal(last[key], state["model"][key]) for key in average)


def test_data_that_have_changed(folder, tmp_path, capsys):
    assert len(Saved(folder).splits.test) == 24
    assert capsys.readouterr().err == ""
    environment = json.loads((folder / "environment.json").read_text())
    known = environment["data"]
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "config.yaml").write_text((folder / "config.yaml").read_text())

    def says(**facts):
        (copy / "environment.json").write_text(json.dumps({**environment, "data": {**known, **facts}}))

    says(fingerprint="other")
    assert len(Saved(copy).splits.test) == 24
    assert "note: dataset noise has changed since copy learned from it" in capsys.readouterr().err
    for fact in ("classes", "tokens"):
        says(**{fact: ["a", "b"]})
        with pytest.raises(ValueError, match=f"dataset noise no longer has the {fact} that copy learned"):
            Saved(copy)


def test_weights_that_do_not_fit_any_more(folder, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "config.yaml").write_text((folder / "config.yaml").read_text().replace("- 8\n", "- 9\n", 1))
    (copy / "checkpoints").symlink_to(folder / "checkpoints")
    with pytest.raises(ValueError, match="the weights of copy do not fit its model any more: size mismatch"):
        Saved(copy).model()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_here(folder, tmp_path, capsys):
    copy = tmp_path / "copy"
    copy.mkdir()
    text = (folder / "config.yaml").read_text()
    assert "device: auto" in text
    (copy / "config.yaml").write_text(text.replace("device: auto", "device: cuda"))
    (copy / "checkpoints").symlink_to(folder / "checkpoints")
    run = Saved(copy)
    assert evaluate(run.run(), "test") == evaluate(Saved(folder).run(), "test")
    assert capsys.readouterr().err.count("the CPU is used instead") == 1
