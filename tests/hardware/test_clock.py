import json
import sys
from time import perf_counter, sleep
from types import SimpleNamespace

import pytest
import torch

from runner.hardware.clock import LOST, Clock, CudaClock, Marks, clock_for


def test_laps_add_up_and_are_credited_to_what_ended():
    clock = Clock()
    begun = clock.last
    sleep(0.02)
    clock.lap("long")
    clock.lap("short")
    clock.lap("long")
    clock.settle()
    assert set(clock.seconds) == {"long", "short"}
    assert clock.seconds["long"] >= 0.02
    assert abs(sum(clock.seconds.values()) - (clock.last - begun)) < 1e-9
    assert clock.device == {}


def test_a_cpu_has_the_plain_clock():
    assert type(clock_for(torch.device("cpu"))) is Clock


def test_a_cuda_clock_leaves_the_device_alone_until_the_first_lap():
    assert type(clock_for(torch.device("cuda"))) is CudaClock


def test_a_part_in_which_something_was_compiled_is_credited_to_that(monkeypatch):
    durations = {"frame": [1.0], "backend": []}
    monkeypatch.setitem(sys.modules, "torch._dynamo.utils", SimpleNamespace(compilation_time_metrics=durations))
    clock = clock_for(torch.device("cpu"), compiles=True)
    clock.lap("startup")  # what a run before has compiled is none of this one's
    clock.lap("data")
    durations["backend"].append(20.0)
    clock.lap("forward")
    clock.lap("backward")
    assert list(clock.seconds) == ["startup", "data", "compiling", "backward"]


def test_a_compiling_clock_also_asks_the_device():
    assert isinstance(clock_for(torch.device("cuda"), compiles=True), CudaClock)


@pytest.mark.siege
def test_a_run_that_compiles_says_how_long_that_took(cli, tmp_path):
    """About a minute of a core; with forward and backward left to what they take."""
    done = cli("model=mlp", "epochs=1", "hardware.compile=true", "~callback.mlflow", "hydra.run.dir=run", timeout=280)
    assert done.returncode == 0, done.stderr
    seconds = json.loads((tmp_path / "run" / "summary.json").read_text())["seconds"]
    assert seconds["compiling"] > seconds["forward"] + seconds["backward"] > 0


class Queue:
    """A device's queue of work: parts of a known length, worked off as far as the device has come."""

    def __init__(self):
        self.end = 0.0  # of the work that is queued
        self.now = 0.0  # where the device is
        self.made = 0
        self.waits = 0
        self.dead = False

    def work(self, milliseconds):
        self.end += milliseconds

    def catch_up(self):
        self.now = self.end

    def marks(self, **options):
        return Marks(self.make, self.record, **options)

    def make(self):
        self.made += 1
        return Mark(self)

    def record(self, mark):
        if self.dead:
            raise RuntimeError("CUDA error: device-side assert triggered")
        mark.at = self.end


class Mark:
    def __init__(self, queue):
        self.queue, self.at = queue, None

    def query(self):
        return self.queue.now >= self.at

    def synchronize(self):
        self.queue.waits += 1
        self.queue.now = max(self.queue.now, self.at)

    def elapsed_time(self, end_event):
        assert self.query()
        assert end_event.query()
        return end_event.at - self.at


def step(queue, marks, forward=2.0, backward=4.0):
    marks.add("data")
    queue.work(forward)
    marks.add("forward")
    queue.work(backward)
    marks.add("backward")


def test_parts_last_from_mark_to_mark_and_nothing_waits_for_them():
    queue = Queue()
    marks = queue.marks()
    for _ in range(1000):  # the device is always done before the program
        step(queue, marks)
        queue.catch_up()
    assert queue.waits == 0
    assert queue.made <= 66
    marks.settle()
    assert queue.waits == 1
    assert marks.seconds == pytest.approx({"data": 0.0, "forward": 2.0, "backward": 4.0})


def test_a_device_far_behind_is_read_when_it_comes_by_and_in_order():
    queue = Queue()
    marks = queue.marks()
    for _ in range(100):
        step(queue, marks)
    assert marks.seconds == {}
    assert queue.waits == 0
    queue.now = 6.0 * 50
    step(queue, marks)  # there is a lot under way: the next mark looks
    assert marks.seconds == pytest.approx({"data": 0.0, "forward": 0.1, "backward": 0.2})
    marks.settle()
    assert marks.seconds == pytest.approx({"data": 0.0, "forward": 0.202, "backward": 0.404})


def test_without_room_the_time_is_not_credited_to_the_wrong_part():
    queue = Queue()
    marks = queue.marks(room=4)
    marks.add("startup")
    queue.catch_up()
    for _ in range(3):
        step(queue, marks)  # 9 marks, and the device passes none of them
    assert queue.made == 5  # four under way, and the one where they begin
    queue.catch_up()
    queue.work(1.0)
    marks.add("forward")  # its begin has no mark
    queue.work(1.0)
    marks.add("backward")
    marks.settle()
    assert sum(marks.seconds.values()) == pytest.approx(3 * 0.006 + 0.002)
    assert marks.seconds["backward"] == pytest.approx(0.004 + 0.001)
    assert marks.seconds["forward"] == pytest.approx(2 * 0.002)
    assert marks.seconds[LOST] == pytest.approx(0.004 + 0.006 + 0.001)


def test_a_captured_queue_keeps_no_mark():
    queue = Queue()
    captured = [False, True, False]
    marks = queue.marks(capturing=lambda: captured.pop(0))
    for name in ("startup", "forward", "backward"):
        marks.add(name)
        queue.work(1.0)
    marks.settle()
    assert marks.seconds == {"backward": 0.002}


def test_the_host_side_of_a_cuda_clock_is_the_plain_one():
    queue = Queue()
    clock = CudaClock(torch.device("cuda"), queue.marks())
    begun = clock.last
    clock.lap("startup")
    queue.work(1000.0)
    clock.lap("forward")
    assert clock.device == {}
    assert abs(sum(clock.seconds.values()) - (clock.last - begun)) < 1e-9
    clock.settle()
    assert clock.device == {"forward": 1.0}


def test_a_device_that_failed_is_asked_no_more_and_hides_no_other_error():
    queue = Queue()
    clock = CudaClock(torch.device("cuda"), queue.marks())
    clock.lap("startup")
    queue.dead = True
    clock.lap("forward")
    clock.lap("backward")
    clock.settle()
    assert {"startup", "forward", "backward"} == set(clock.seconds)
    assert clock.device == {}


@pytest.mark.silicon
@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_tells_how_long_it_worked_without_being_waited_for():
    device = torch.device("cuda")
    matrix = torch.randn(4096, 4096, device=device)
    torch.cuda.synchronize()
    clock = clock_for(device)
    clock.lap("startup")
    torch.cuda.set_sync_debug_mode("error")
    try:
        begun = perf_counter()
        for _ in range(200):
            for _ in range(4):
                matrix @ matrix
            clock.lap("forward")
        queued = perf_counter() - begun
    finally:
        torch.cuda.set_sync_debug_mode("default")
    clock.settle()
    whole = perf_counter() - begun
    assert clock.seconds["forward"] <= queued
    assert 0.5 * whole < clock.device["forward"] <= whole


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_lap_within_a_captured_graph_marks_nothing():
    clock = clock_for(torch.device("cuda"))
    clock.lap("startup")
    static = torch.zeros(8, device="cuda")
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        static.add_(1)
        clock.lap("forward")
    graph.replay()
    clock.lap("backward")
    clock.settle()
    assert set(clock.device) == {"backward"}
    assert static[0].item() == 1
