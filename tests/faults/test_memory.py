"""Faults of memory: a batch that is too large ends the run with what helps, or is computed in parts if asked for."""

import pytest
import torch

from runner.hardware.exhausted import OutOfMemory
from runner.statefile import load
from tests.support import built, outcome, same, trained

HUNGRY = ["model=linear", "~model.bias", "model._target_=tests.faults.parts.Hungry", "schedule=constant"]


def weights(folder):
    return load(folder / "checkpoints" / "last.pt")["model"]


def test_stop_names_what_helps_and_keeps_the_last_checkpoint(tmp_path, capfd):
    folder = tmp_path / "run"
    trained(folder, *HUNGRY, "epochs=1")
    before = (folder / "checkpoints" / "last.pt").read_bytes()
    with pytest.raises(OutOfMemory, match=r"what helps: batch_size=8.*hardware\.accumulate=2"):
        trained(folder, *HUNGRY, "++model.most=5", "epochs=2")
    assert "runner resume run goes on from there" in capfd.readouterr().err
    assert (folder / "checkpoints" / "last.pt").read_bytes() == before
    assert "Traceback" in (folder / "log.txt").read_text()
    assert trained(folder, *HUNGRY, "++model.most=5", "epochs=2", "hardware.accumulate=4")["status"] == "finished"


def test_split_keeps_the_batch_and_the_result_and_tells(tmp_path, capfd):
    """As if it had been asked for from the start, random numbers included."""
    summary = trained(tmp_path / "split", *HUNGRY, "++model.most=5", "hardware.on_oom=split")
    assert summary["faults"] == {"splits": [{"samples": 16, "accumulate": 4}]}
    assert summary["steps"] == 3 * 4
    told = capfd.readouterr().err
    assert "out of memory with a batch of 16: from here on it is computed in 4 parts" in told
    trained(tmp_path / "asked", *HUNGRY, "hardware.accumulate=4")
    assert same(weights(tmp_path / "split"), weights(tmp_path / "asked"))


@pytest.mark.siege
def test_what_was_split_stays_so_when_a_run_goes_on(tmp_path):
    words = [*HUNGRY, "hardware.on_oom=split"]
    trained(tmp_path / "whole", *words, "++model.most=5", "epochs=2")
    trained(tmp_path / "parts", *words, "++model.most=5", "epochs=1")
    trained(tmp_path / "parts", *words, "epochs=2")  # with enough memory: the bits stay those of the parts
    whole, parts = (outcome(tmp_path / name)[0] for name in ("whole", "parts"))
    for key in ("model", "optimizer", "hardware"):
        assert same(whole[key], parts[key]), key


def test_one_sample_that_is_too_large_ends_the_run(tmp_path):
    with pytest.raises(OutOfMemory, match="what helps"):
        trained(tmp_path / "run", *HUNGRY, "++model.most=0", "hardware.on_oom=split")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["hardware.processes=2"], r"hardware\.processes=2: the others would wait"),
        (["hardware.graphs=true"], r"hardware\.graphs=true: a recording computes whole batches"),
        (["hardware.compile=true"], r"hardware\.compile=True: it would be compiled anew"),
    ],
)
def test_it_does_not_go_with_everything(words, reason, tmp_path):
    with pytest.raises(ValueError, match=f"on_oom=split does not go with {reason}"):
        built(tmp_path / "run", "hardware.on_oom=split", *words)


def test_a_model_that_carries_a_state_is_refused(tmp_path):
    words = ["dataset=text", "model=lstm", "task=language_modeling", "model.width=4", "model.stateful=true"]
    with pytest.raises(ValueError, match="on_oom=split does not go with a model that carries a state"):
        built(tmp_path / "run", *words, "hardware.on_oom=split")


def test_another_error_is_not_taken_for_it(tmp_path):
    run = built(tmp_path / "run", "hardware.on_oom=split")

    def broken(inputs, targets):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1"):
        run.hardware.backward(broken, torch.zeros(4, 1, 8, 8), torch.zeros(4))
    assert not run.hardware.faults.splits
