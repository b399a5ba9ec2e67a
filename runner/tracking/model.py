"""The best model of a run in a form that ``mlflow.pytorch.load_model`` and MLflow's server take."""

from __future__ import annotations

import importlib.metadata
import logging
import warnings
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)
NAME = "model"


def log_best(folder: Path, client: Any, run_id: str) -> bool:
    """Log the best model as ``runs:/<run_id>/model``; tell whether that was possible.

    The traced form (pt2) needs none of our code to load. It is exported from an example of two samples: one sample
    would freeze the batch at one. A model that cannot be traced is pickled.
    """
    import mlflow.pytorch
    import torch
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    from runner.inference.saved import Saved

    try:
        saved = Saved(folder)
        model, data = saved.model(), saved.data
        inputs, _ = data.example(2)
        example = inputs.numpy()
        with torch.inference_mode():
            outputs = model(inputs).numpy()
    except Exception as error:  # a model of the user's, on this machine: whatever it raises, the rest still counts
        log.warning("the model of %s is not logged: %s: %s", folder.name, type(error).__name__, error)
        return False
    # without names: the server takes an unnamed tensor in every form, a named one in none
    accepted = Schema([TensorSpec(example.dtype, (-1, *data.shape))])
    signature = ModelSignature(accepted, Schema([TensorSpec(outputs.dtype, (-1, *outputs.shape[1:]))]))

    # not start_run, which would change the run's status and times; without it the active experiment's is the place
    mlflow.set_experiment(experiment_id=client.get_run(run_id).info.experiment_id)

    def write(form: str) -> str:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            written = mlflow.pytorch.log_model(
                model,
                name=NAME,
                run_id=run_id,
                signature=signature,
                input_example=example,
                # said here, because finding them out starts processes and takes ten seconds
                pip_requirements=[f"{name}=={importlib.metadata.version(name)}" for name in ("torch", "numpy")],
                serialization_format=form,
            )
        return str(written.model_id)

    try:
        made = write("pt2")
    except Exception as error:
        if unreachable(error):
            raise
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        log.warning("the model of %s cannot be exported, it is pickled: %s", folder.name, reason[:200])
        made = write("pickle")
    for old in earlier(client, run_id, made):
        client.delete_logged_model(old)
    return True


def earlier(client: Any, run_id: str, made: str) -> list[str]:
    """Return this run's models besides the one just made: of a resumed run, or of an attempt that failed."""
    experiment = client.get_run(run_id).info.experiment_id
    found = client.search_logged_models([experiment], filter_string=f"source_run_id = '{run_id}'")
    return [model.model_id for model in found if model.name == NAME and model.model_id != made]


def unreachable(error: Exception) -> bool:
    """Tell a failure of the store from one of the model."""
    import requests
    from mlflow.exceptions import RestException

    return isinstance(error, RestException | requests.RequestException | OSError)
