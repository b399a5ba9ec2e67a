import pytest
import torch

from runner.randomness import random_state
from runner.state import LATER
from runner.statefile import load, save
from tests.support import trained


def test_rows_of_a_carried_state_go_with_the_rows_of_the_batch():
    from runner.hardware.part import part_of
    from runner.model.recurrent import Recurrent
    from runner.state import _rows, carriers

    model = Recurrent((8,), 1, vocabulary=5, next_token=True, width=3)
    assert [module for _, module in carriers(model)] == [model]
    whole = torch.randn(1, 2, 7, 3)  # of seven texts
    two = [whole[:, :, part_of(7, rank, 2, 1).rows] for rank in range(2)]
    assert torch.equal(_rows(model, two, slice(0, 7)), whole)
    for rank in range(3):
        rows = part_of(7, rank, 3, 1).rows
        assert torch.equal(_rows(model, two, rows), whole[:, :, rows])
        assert torch.equal(_rows(model, [whole], rows), whole[:, :, rows])
    assert not _rows(model, [torch.empty(0)] * 2, slice(0, 7)).numel()


def test_an_optimizers_state_has_the_shape_of_its_parameters():
    from runner.state import check_shapes

    layer = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(layer.parameters())
    optimizer.state[layer.weight] = {"step": torch.tensor(1.0), "exp_avg": torch.zeros(2, 3)}
    check_shapes(optimizer)
    optimizer.state[layer.weight]["exp_avg"] = torch.zeros(4, 4)  # torch takes it from a file
    with pytest.raises(RuntimeError, match=r"exp_avg of shape \[4, 4\] for a parameter of \[2, 3\]"):
        check_shapes(optimizer)


LINEAR = ["model=linear", "optimizer=sgd", "optimizer.momentum=0", "schedule=constant", "epochs=3"]


def by_hand(weight=0.0):
    """A checkpoint in the layout of the first version, written down here: after one of three epochs, 4 updates."""
    group = {"lr": 0.1, "momentum": 0, "dampening": 0, "weight_decay": 0.0, "nesterov": False, "maximize": False}
    decayed = {**group, "foreach": False, "differentiable": False, "params": [0]}
    return {
        "format": 1,
        "model": {"layers.1.weight": torch.full((4, 64), weight), "layers.1.bias": torch.zeros(4)},
        "optimizer": {"state": {}, "param_groups": [decayed, {**decayed, "params": [1]}]},
        "hardware": {},
        "callbacks": {"record": {"offset": 0, "seconds": {"forward": 1.0}}, "checkpoint": {"kept": []}},
        "random": random_state(),
        "threads": torch.get_num_threads(),
        "epochs": 3,
        "epoch": 1,
        "batch": 0,
        "step": 4,
        "seen": 0,
        "total": torch.zeros(()),
        "metrics": {"valid/accuracy": 0.25},
        "best": {"value": 2.0, "epoch": 1, "metrics": {"valid/accuracy": 2.0}},
        "reasons": [],
    }


def test_a_file_of_the_first_layout_is_read_and_goes_on(tmp_path, capsys):
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    save(tmp_path / "run" / "checkpoints" / "last.pt", by_hand())
    summary = trained(tmp_path / "run", *LINEAR)
    assert (summary["epochs"], summary["steps"], summary["best_epoch"], summary["value"]) == (3, 12, 1, 2.0)
    assert "differ" not in capsys.readouterr().err  # what it does not tell is not made up


def test_a_file_of_this_version_has_all_that_the_first_had_and_what_came_later(tmp_path):
    """Whoever takes a key away, or renames one, has made a new format."""
    trained(tmp_path / "run", *LINEAR)
    assert load(tmp_path / "run" / "checkpoints" / "last.pt").keys() == by_hand().keys() | LATER.keys()


@pytest.mark.parametrize("version", [0, 2, None])
def test_another_format_is_refused_with_a_way_out(tmp_path, version):
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    save(tmp_path / "run" / "checkpoints" / "last.pt", {**by_hand(), "format": version})
    with pytest.raises(ValueError, match=rf"format {version}, this version reads 1: resume with the version of runner"):
        trained(tmp_path / "run", *LINEAR)


def test_what_the_bits_depend_on_and_has_changed_is_announced_line_by_line(tmp_path, capsys):
    trained(tmp_path / "run")
    path = tmp_path / "run" / "checkpoints" / "last.pt"
    capsys.readouterr()
    trained(tmp_path / "run", "epochs=4")
    assert capsys.readouterr().err == ""  # nothing has changed
    state = load(path)
    state["conditions"] |= {"torch": "2.11.0", "Python": "3.9.1", "device": "NVIDIA H100", "CPU capability": "AVX2"}
    state["conditions"] |= {"the code": "commit 0123456789ab", "numpy": "1.0", "the data": "sha256 0"}
    save(path, state)
    before = torch.get_num_threads()
    try:
        trained(tmp_path / "run", "epochs=5", f"hardware.threads={before + 1}", "hardware.precision=bf16")
    finally:
        torch.set_num_threads(before)
    told = [line for line in capsys.readouterr().err.splitlines() if "since the checkpoint" in line]
    assert all(line.startswith("warning: since the checkpoint was written, ") for line in told)
    assert all(line.endswith(": the bits may differ") for line in told)
    changed = sorted(line.partition("written, ")[2].partition(" changed")[0] for line in told)
    expected = ["CPU capability", "CPU threads", "Python", "device", "numpy", "precision", "the code", "the data"]
    assert changed == [*expected, "torch"]
    assert f"CPU threads changed from {before} to {before + 1}" in str(told)
    assert "device changed from NVIDIA H100 to cpu" in str(told)
