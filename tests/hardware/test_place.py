import pytest
import torch

from runner.hardware.place import Place, first_host, place, wanted

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, Place()),
        ({"RANK": "5", "LOCAL_RANK": "1", "WORLD_SIZE": "8"}, Place(5, 1, 8)),
        ({"RANK": "3", "WORLD_SIZE": "4"}, Place(3, 0, 4)),  # a pod with one process
        ({"SLURM_PROCID": "2", "SLURM_LOCALID": "0", "SLURM_STEP_NUM_TASKS": "4"}, Place(2, 0, 4)),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "4"}, Place()),  # the batch script itself, not a step
        ({"SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"}, Place()),
    ],
)
def test_a_process_finds_its_place(environment, expected):
    assert place(environment) == expected


@pytest.mark.parametrize(
    ("nodes", "first"),
    [("node07", "node07"), ("node[03-05,9],other", "node03"), ("a-1,b-2", "a-1"), ("gpu[12]", "gpu12")],
)
def test_the_first_of_slurms_nodes(nodes, first):
    assert first_host(nodes) == first


def test_how_many_are_wanted(monkeypatch):
    assert wanted(3, "cpu", CPU) == 3
    assert wanted("auto", "auto", CPU) == 1
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert wanted("auto", "cpu", CPU) == 4
    assert wanted(4, "cpu", CPU) == 4
    with pytest.raises(ValueError, match="processes=1, but this is one of 4 processes"):
        wanted(1, "cpu", CPU)
