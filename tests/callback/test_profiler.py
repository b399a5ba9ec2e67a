import json

import pytest
import torch

from runner.callback.profiler import Profiler
from tests.support import trained

WITH = "callback=[record,checkpoint,profiler]"


def steps(path):
    events = json.loads(path.read_text())["traceEvents"]
    return {event["name"] for event in events if event.get("name", "").startswith("ProfilerStep")}


def files(folder):
    return sorted(path.name for path in (folder / "profile").glob("*"))


def test_the_chosen_updates_are_traced(tmp_path):
    folder = tmp_path / "run"
    assert trained(folder, WITH, "callback.profiler.steps=[5,6]")["status"] == "finished"
    assert files(folder) == ["table.txt", "trace.json"]
    assert steps(folder / "profile" / "trace.json") == {"ProfilerStep#5", "ProfilerStep#6"}
    table = (folder / "profile" / "table.txt").read_text()
    assert table.startswith("updates 5 to 6\n")
    assert "aten::addmm" in table
    assert max(map(len, table.splitlines())) < 200
    assert "WARNING" not in (folder / "log.txt").read_text()


def test_a_run_that_ends_within_the_window_keeps_what_there_is_and_says_so(tmp_path, capsys):
    folder = tmp_path / "run"
    trained(folder, WITH, "callback.profiler.steps=[12,20]")
    assert "ProfilerStep#12" in steps(folder / "profile" / "trace.json")
    assert "updates 12 to 12 were traced" in capsys.readouterr().err


@pytest.mark.parametrize("window", ["[13,20]", "[14,20]", "[20,30]"])
def test_a_run_that_never_gets_there_says_so(tmp_path, capsys, window):
    trained(tmp_path / "run", WITH, f"callback.profiler.steps={window}")
    assert not (tmp_path / "run" / "profile").exists()
    assert "nothing was traced" in capsys.readouterr().err


def test_a_window_the_wrong_way_round():
    with pytest.raises(ValueError, match=r"callback\.profiler\.steps=\[8, 5\]"):
        Profiler([8, 5])


def test_it_changes_no_bits(tmp_path):
    for name, *words in [("plain",), ("traced", WITH, "callback.profiler.steps=[3,4]")]:
        trained(tmp_path / name, *words)
    plain, traced = (
        torch.load(tmp_path / name / "checkpoints" / "last.pt", weights_only=True)["model"]
        for name in ("plain", "traced")
    )
    assert all(torch.equal(plain[key], traced[key]) for key in plain)


@pytest.mark.silicon
@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_trace_of_a_gpu_has_its_kernels(tmp_path):
    trained(tmp_path / "run", WITH, "hardware=gpu", "callback.profiler.steps=[5,6]")
    events = json.loads((tmp_path / "run" / "profile" / "trace.json").read_text())["traceEvents"]
    assert any(event.get("cat") == "kernel" for event in events)
