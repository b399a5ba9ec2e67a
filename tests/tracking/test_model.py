"""The model that comes back out of a store."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from runner.inference.saved import Saved
from runner.statefile import save
from runner.tracking.replay import Replay
from runner.trust.given import trust
from tests.support import config
from tests.tracking.conftest import make_run


class Unexportable(nn.Module):
    """Its result depends on values in a way that a trace cannot have."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(64, 10)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        flat = inputs.flatten(1)
        return self.linear(flat) if float(flat.sum()) > -1e9 else self.linear(-flat)


def trained(folder: Path, **model: object) -> Path:
    """Return a run with weights as a model begins."""
    from hydra.utils import instantiate
    from omegaconf import OmegaConf

    from runner.make import make

    whole = OmegaConf.to_container(config("dataset=digits", "model=mlp"), resolve=True)
    run = make_run(folder, 1, **{key: node for key, node in whole.items() if key != "callback"} | {"model": model})
    cfg = OmegaConf.load(run / "config.yaml")
    module = make(cfg.model, **instantiate(cfg.dataset).facts())
    (run / "checkpoints").mkdir()
    save(run / "checkpoints" / "best.pt", {"model": module.state_dict()})
    return run


@pytest.mark.slow
def test_the_model_comes_back_with_any_batch(tmp_path: Path, uri: str) -> None:
    import mlflow

    run = trained(tmp_path / "outputs" / "r", _target_="runner.model.mlp.MLP", widths=[8], dropout=0.5)
    for _ in range(2):
        replay = Replay(run, uri, "mine")
        replay.finish()
    saved = Saved(run)
    mine, data = saved.model(), saved.data
    mlflow.set_tracking_uri(uri)
    theirs = mlflow.pytorch.load_model(f"runs:/{replay.run_id}/model")
    served = mlflow.pyfunc.load_model(f"runs:/{replay.run_id}/model")
    for count in (1, 2, 5):
        inputs = torch.randn(count, *data.shape)
        torch.testing.assert_close(theirs(inputs), mine(inputs))
        assert torch.allclose(torch.as_tensor(served.predict(inputs.numpy())), mine(inputs), atol=1e-5)
    client = mlflow.MlflowClient(uri)
    assert [f.path for f in client.list_artifacts(replay.run_id, "checkpoints")] == ["checkpoints/best.pt"]
    experiment = client.get_run(replay.run_id).info.experiment_id
    assert len(client.search_logged_models([experiment])) == 1
    assert client.get_run(replay.run_id).info.status == "FINISHED"


def test_a_model_that_cannot_be_exported_is_pickled(
    tmp_path: Path, uri: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")
    trust("tests.tracking.test_model:Unexportable")  # the run is written by hand
    run = trained(tmp_path / "outputs" / "r", _target_="tests.tracking.test_model.Unexportable")
    replay = Replay(run, uri, "mine")
    replay.finish()
    assert "it is pickled" in caplog.text
    mlflow.set_tracking_uri(uri)
    theirs = mlflow.pytorch.load_model(f"runs:/{replay.run_id}/model")
    saved = Saved(run)
    mine, data = saved.model(), saved.data
    inputs = torch.randn(3, *data.shape)
    torch.testing.assert_close(theirs(inputs), mine(inputs))


def test_a_model_that_cannot_be_built_costs_only_itself(
    tmp_path: Path, uri: str, caplog: pytest.LogCaptureFixture
) -> None:
    from mlflow import MlflowClient

    run = trained(tmp_path / "outputs" / "r", _target_="tests.tracking.test_model.Unexportable")
    (run / "config.yaml").write_text((run / "config.yaml").read_text().replace("Unexportable", "Gone"))
    replay = Replay(run, uri, "mine")
    replay.finish()
    assert "is not logged" in caplog.text
    assert MlflowClient(uri).get_run(replay.run_id).info.status == "FINISHED"
