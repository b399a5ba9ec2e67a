"""What our loop costs over a hand-written one, in exact counts; and that what is measured is measured rightly.

No other framework is needed.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial

import pytest
import torch

from benchmarks import accuracy, gpu, report, scaling
from benchmarks.accuracy import Curve, Watch, Watched
from benchmarks.bare_gpu import moved
from benchmarks.count import counted
from benchmarks.equal import equal
from benchmarks.peers import DEVICE, find
from benchmarks.problem import MODELS, Problem
from benchmarks.report import Table
from benchmarks.work import Work

CALLS, OPERATIONS = 40, 0
"""Limits over the hand-written loop, per step."""
SMALL = {"batch": 4, "side": 25, "channels": 1, "samples": 60, "device": "cpu"}


@pytest.fixture(scope="module")
def counts():
    with ThreadPoolExecutor() as pool:
        return dict(zip(("bare", "runner"), pool.map(partial(counted, batch=4), ("bare", "runner")), strict=True))


@pytest.mark.parametrize("model", MODELS)
def test_a_step_makes_few_calls_more_than_a_hand_written_loop(counts, model):
    extra = counts["runner"][model].calls - counts["bare"][model].calls
    assert extra <= CALLS


@pytest.mark.parametrize("model", MODELS)
def test_a_step_does_no_tensor_operations_more_than_a_hand_written_loop(counts, model):
    extra = counts["runner"][model].operations - counts["bare"][model].operations
    assert extra <= OPERATIONS


@pytest.mark.parametrize("model", MODELS)
def test_the_hand_written_loop_ends_with_the_same_bits(model):
    assert equal(Problem(model, samples=500))


@pytest.mark.parametrize("model", ["airbench", pytest.param("resnet18", marks=pytest.mark.slow)])
def test_the_hand_written_loop_for_gpus_ends_with_the_same_bits(model):
    work = Work(model, **SMALL)
    bare, ours = (find(name, DEVICE)(work, work.total).state_dict() for name in ("bare", "runner"))
    assert bare.keys() == ours.keys()
    assert all(torch.equal(bare[name], ours[name]) for name in bare)


def test_the_hand_written_augmentation_shifts_and_mirrors_each_picture_by_itself():
    picture = torch.arange(1, 26, dtype=torch.uint8).reshape(1, 1, 5, 5)
    found = moved(picture.repeat(400, 1, 1, 1), 1)
    assert found.shape == (400, 1, 5, 5)
    padded = torch.nn.functional.pad(picture, [1] * 4)
    windows = [padded[0, 0, y : y + 5, x : x + 5] for y in range(3) for x in range(3)]
    # a picture is mirrored where it lies, and then shifted
    mirrored = torch.nn.functional.pad(picture.flip(-1), [1] * 4)
    windows += [mirrored[0, 0, y : y + 5, x : x + 5] for y in range(3) for x in range(3)]
    hits = [sum(torch.equal(one[0], window) for one in found) for window in windows]
    assert sum(hits) == 400
    assert min(hits) > 0


def test_the_meter_times_the_steps_and_the_input_apart(monkeypatch):
    now = 0.0
    monkeypatch.setattr(gpu.time, "perf_counter", lambda: now)

    def source():
        nonlocal now
        for number in range(9):
            now += 1.0
            yield number

    meter, seen = gpu.Meter(torch.device("cpu"), 2, 5), []
    for number in meter(source()):
        now += 3.0
        seen.append(number)
    assert seen == list(range(8)), "one more than is timed, so that the last step is whole"
    assert meter.ended - meter.begun == 5 * (1.0 + 3.0)
    assert meter.wait() == 1.0 / 4.0


def test_the_operations_of_a_picture_are_three_times_its_forward_pass():
    """Backward is two products for each of the forward pass, but the first layer needs no gradient of its input."""
    from runner.inspect.flops import layers

    work = Work("airbench", **SMALL)
    made = layers(work.model(), torch.zeros(2, *work.shape))
    assert gpu.flops(work) == pytest.approx(3 * sum(layer.flops for layer in made) - made[0].flops)


def test_each_epoch_is_looked_at_once():
    work = Watched("airbench", epochs=2, **SMALL)
    found = accuracy.peer("bare", work)
    assert len(found.valid) == len(found.seconds) == 2
    assert found.seconds == sorted(found.seconds)
    assert found.valid[-1] == work.accuracy(work.models[-1], "valid")
    assert work.models[-1].training, "the mode is as it was"
    watch = Watch(work)
    assert len(list(watch(range(work.total)))) == work.total
    assert len(watch.valid) == 1, "the last look is the caller's"


def test_the_target_is_reached_in_the_first_epoch_that_comes_to_it():
    curve = Curve([1.0, 2.0, 3.0], [0.5, 0.94, 0.95], 0.9)
    assert curve.reached(0.94) == 1
    assert curve.reached(0.96) is None


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_its_tables_say_so():
    tables = [*gpu.tables(1), *accuracy.tables(1)]
    assert len(tables) == 4
    assert all(table.rows[0][0] == "not measured: no GPU on this machine" for table in tables)


@pytest.mark.siege
def test_two_processes_do_the_same_training_as_one_in_the_hand_written_script_and_in_ours():
    problem = Problem("mlp", samples=500)
    losses = {(name, n): train(problem, n, 2).loss for name, train in scaling.WHO.items() for n in (1, 2)}
    one = losses["bare, torchrun", 1]
    assert losses["runner", 1] == pytest.approx(one, rel=1e-6)
    assert losses == pytest.approx(dict.fromkeys(losses, one), rel=1e-4)


def test_a_problem_survives_its_way_into_another_process():
    for problem in (scaling.CPU, *gpu.WORKS.values(), *accuracy.WORKS.values()):
        assert type(problem)(**json.loads(json.dumps(asdict(problem)))) == problem


def test_a_new_table_comes_after_the_one_before_it(tmp_path):
    path = tmp_path / "RESULTS.md"
    report.write([Table("A", "", ["x"]), Table("C", "", ["x"])], path)
    new = Table("B", "new", ["x"])
    report.write([Table("A", "again", ["x"]), new], path)
    assert list(report.sections_of(path.read_text())) == ["A", "B", "C"]
    assert "again" in path.read_text()
