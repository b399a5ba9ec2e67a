import json
import socket
import urllib.request
from types import SimpleNamespace

import pytest
import torch

from runner.callback.base import Callback
from runner.callback.monitor import EXPLAINED, Monitor
from runner.loop import fit
from runner.tracking.points import parse, plain
from tests.support import built, trained

WITH = "callback=[record,checkpoint,monitor]"


def rows(folder):
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [row for line in lines if "monitor/learning_rate" in (row := json.loads(line))]


def test_a_row_every_so_many_updates_with_what_there_is_to_say(tmp_path):
    folder = tmp_path / "run"
    trained(folder, WITH, "callback.monitor.every_steps=5", "hardware=cpu")
    first, second = rows(folder)
    assert [(row["epoch"], row["step"]) for row in (first, second)] == [(1, 5), (2, 10)]
    assert set(second) == {"time", "epoch", "step"} | {
        f"monitor/{name}"
        for name in (
            "learning_rate",
            "gradient_norm",
            "samples_per_second",
            "cpu_percent",
            "process_cpu_percent",
            "memory_megabytes",
        )
    }
    assert second["monitor/gradient_norm"] > 0
    assert 10 < second["monitor/samples_per_second"] < 1e7
    assert 50 < second["monitor/memory_megabytes"] < 1e5


def test_speed_is_that_of_training_since_the_last_row(tmp_path):
    run = built(tmp_path / "run", WITH, "callback.monitor.every_steps=1")
    monitor = run.callbacks["monitor"]
    for callback in run.callbacks.values():
        callback.start(run)
    seen = []
    for samples, trained_seconds, evaluated in ((16, 1.0, 0.0), (16, 2.0, 50.0), (32, 4.0, 0.0)):
        run.step += 1
        run.seen += samples
        for part, seconds in (
            ("forward", trained_seconds / 2),
            ("data", trained_seconds / 2),
            ("evaluation", evaluated),
        ):
            run.hardware.clock.seconds[part] = run.hardware.clock.seconds.get(part, 0.0) + seconds
        seen.append(monitor.values(run).get("samples_per_second"))
    assert seen == [None, pytest.approx(8.0), pytest.approx(8.0)]


def test_the_norm_is_of_the_whole_gradient_before_clipping(tmp_path):
    run = built(tmp_path / "run", WITH, "callback.monitor.every_steps=1", "hardware.clip_norm=1e-3")
    for callback in run.callbacks.values():
        callback.start(run)
    inputs, targets = next(iter(run.batches["train"](0, 0)))
    run.hardware.backward(lambda x, y: run.task.loss(run.model(x), y), inputs, targets)
    expected = torch.cat([p.grad.flatten() for p in run.model.parameters()]).norm().item()
    run.hardware.update()
    assert run.callbacks["monitor"].values(run)["gradient_norm"] == pytest.approx(expected, rel=1e-5)
    assert expected > 1e-3


def test_every_name_is_one_that_the_store_takes(tmp_path):
    trained(tmp_path / "run", WITH, "callback.monitor.every_steps=5")
    lines = (tmp_path / "run" / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    sent = {point.key for line in lines for point in parse(line)}
    assert {"monitor/gradient_norm", "monitor/cpu_percent"} <= sent
    assert all(plain(name) == name for name in EXPLAINED)


def test_a_resumed_run_goes_on_with_its_rows(tmp_path):
    folder = tmp_path / "run"
    words = (WITH, "callback.monitor.every_steps=2", "callback.record.every_steps=3")
    trained(folder, *words, "epochs=2")
    with open(folder / "metrics.jsonl", "a") as file:  # of steps after the checkpoint
        file.write('{"time": 1, "epoch": 2, "step": 10, "monitor/learning_rate": 9.0}\n')
    trained(folder, *words, "epochs=3")
    assert [row["step"] for row in rows(folder)] == [2, 4, 6, 8, 10, 12]
    assert rows(folder)[4]["monitor/learning_rate"] < 1


def test_prometheus_gets_the_last_values_while_the_run_goes_on(tmp_path):
    run = built(tmp_path / "run", WITH, "callback.monitor.every_steps=5", "callback.monitor.port=0")
    pages = []

    class Look(Callback):
        def epoch(self, run):
            url = json.loads((run.folder / "monitor.json").read_text())["url"]
            with urllib.request.urlopen(url, timeout=5) as answer:
                pages.append(answer.read().decode())

    run.callbacks["look"] = Look()
    fit(run)
    assert len(pages) == 3
    assert 'runner_epoch{run="run"} 3.0' in pages[-1]
    assert f'runner_valid_accuracy{{run="run"}} {run.metrics["valid/accuracy"]}' in pages[-1]
    assert "# HELP runner_gradient_norm Euclidean norm" in pages[-1]
    assert not (tmp_path / "run" / "monitor.json").exists()


def test_a_taken_port_is_named_before_the_first_step(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            ValueError, match=rf"callback\.monitor\.port={port} cannot be opened \(Address already in use\)"
        ):
            trained(tmp_path / "run", WITH, f"callback.monitor.port={port}")
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["steps"] == 0


def test_other_processes_measure_along_and_do_nothing_else(tmp_path):
    run = built(tmp_path / "run", WITH, "callback.monitor.port=0")
    monitor = run.callbacks["monitor"]
    run.hardware.group = SimpleNamespace(main=False)
    assert not Monitor.main_only  # the norm of a gradient in pieces takes all of them
    monitor.start(run)
    assert run.hardware.watch_norm
    assert not monitor.watches_steps()
    assert monitor.endpoint is None
    monitor.close(run)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_under_fp16_the_loss_scale_is_told_and_no_step_waits(tmp_path):
    run = built(tmp_path / "run", WITH, "callback.monitor.every_steps=1", "hardware=gpu", "hardware.precision=fp16")
    fit(run)
    assert all(row["monitor/loss_scale"] >= 1 for row in rows(tmp_path / "run"))
    assert all(row["monitor/gpu_memory_megabytes"] > 0 for row in rows(tmp_path / "run"))


def test_a_taken_port_is_found_before_anything_is_started(cli, tmp_path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = cli("model=mlp", "epochs=1", "+callback=monitor", f"callback.monitor.port={port}")
    assert done.returncode == 2
    assert f"callback.monitor.port={port} cannot be opened" in done.stderr
    assert "Nothing was started" in done.stderr
    assert not (tmp_path / "outputs").exists() or not list((tmp_path / "outputs").iterdir())
