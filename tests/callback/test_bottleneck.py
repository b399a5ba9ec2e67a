import re
from pathlib import Path

import pytest
import yaml

from runner.callback.bottleneck import DOING, LIMITS, WAYS, Facts, bottleneck, facts_of, largest
from runner.home import CONF
from tests.support import built, trained

CPU = Facts(threads=2, cores=2)
KEYS = {
    "epochs": 30,
    "batch_size": 64,
    "hardware.channels_last": False,
    "hardware.compile": False,
    "hardware.precision": "auto",
    "hardware.threads": None,
    "callback.record.every_steps": 50,
    "callback.checkpoint.every_epochs": 1,
    "callback.checkpoint.every_steps": None,
    "callback.mlflow.log_model": True,
    "callback.mlflow.patience": 120,
}


def say(part, share, facts=CPU, **keys):
    """The sentence for a run in which a part took a share, and training the rest."""
    facts = Facts(**{**vars(facts), "keys": {**KEYS, **facts.keys, **keys}})
    return bottleneck({part: share, "forward": (1 - share) / 2, "backward": (1 - share) / 2}, facts)


def test_nothing_measured_is_nothing_said():
    assert bottleneck({}, Facts()) == ""


@pytest.mark.parametrize(
    ("keys", "ways"),
    [
        ({"dataset.workers": 0, "dataset.in_memory": False}, "dataset.workers=4, or dataset.in_memory=true"),
        ({"dataset.workers": 4, "dataset.in_memory": None}, "dataset.in_memory=true"),
        ({"dataset.workers": 0, "dataset.in_memory": True}, "batch_size=128"),
        ({}, "batch_size=128"),
        (
            {"dataset.in_memory": True, "dataset.augment.crop": 4},
            "batch_size=128, or a lighter dataset.augment",
        ),
    ],
)
def test_waiting_for_data(keys, ways):
    assert say("data", 0.41, Facts(cores=8), **keys) == f"41 % of the time was spent waiting for data: {ways}"


@pytest.mark.parametrize(
    ("most", "way"),
    [(None, "batch_size=128"), (1000, "batch_size=128"), (100, "batch_size=100"), (64, None), (50, None)],
)
def test_no_batch_is_named_that_there_cannot_be(most, way):
    sentence = say("data", 0.41, Facts(most=most), **{"dataset.in_memory": True})
    assert sentence == "41 % of the time was spent waiting for data" + (f": {way}" if way else "")


def test_the_largest_batch_is_of_the_data_of_the_search_or_none(tmp_path):
    run = built(tmp_path / "run")
    assert largest(run) == run.batches["train"].samples
    run.facts["batch_size_search"] = {"found": 24}
    assert largest(run) == 24
    run.hardware.faults.splits = [{"samples": 16, "accumulate": 2}]
    assert largest(run) == 0


def test_compiling():
    told = "60 % of the time was spent compiling: it takes as long for any number of epochs"
    assert say("compiling", 0.6, **{"hardware.compile": True}) == f"{told}, or hardware.compile=false leaves it out"


def test_no_more_workers_than_cores():
    assert "workers=2," in say("data", 0.5, **{"dataset.workers": 0, "dataset.in_memory": False})
    assert "workers" not in say("data", 0.5, **{"dataset.workers": 2, "dataset.in_memory": False})


@pytest.mark.parametrize(
    ("part", "share", "keys", "ways"),
    [
        ("copy", 0.2, {"dataset.in_memory": False}, ": dataset.in_memory=true"),
        ("optimizer", 0.5, {}, ": batch_size=128 makes fewer updates of an epoch"),
        ("callbacks", 0.2, {}, ": callback.record.every_steps=500"),
        (
            "callbacks",
            0.2,
            {"callback.record.every_steps": None, "callback.profiler._target_": "x"},
            ": ~callback.profiler",
        ),
        ("evaluation", 0.5, {"dataset.valid": 0.15}, ": a smaller dataset.valid than 0.15"),
        ("evaluation", 0.5, {"callback.tta._target_": "x"}, ": ~callback.tta"),
        ("checkpoint", 0.3, {}, ": callback.checkpoint.every_epochs=6"),
        ("checkpoint", 0.3, {"callback.checkpoint.every_steps": 100}, ": callback.checkpoint.every_steps=600"),
        (
            "tracking",
            0.5,
            {"callback.mlflow.log_model": False},
            ": callback.mlflow.patience=0 leaves it to runner sync",
        ),
        ("startup", 0.6, {}, ": it takes as long for any number of epochs"),
    ],
)
def test_the_key_to_change(part, share, keys, ways):
    assert say(part, share, **keys) == f"{100 * share:.0f} % of the time was spent {DOING[part]}{ways}"


@pytest.mark.parametrize("part", sorted(LIMITS))
def test_a_part_is_named_from_its_limit_on_and_without_a_key_if_there_is_none(part):
    assert "forward and backward" in say(part, LIMITS[part] - 0.01)
    assert DOING[part] in say(part, LIMITS[part] + 0.01)
    rest = 1 - LIMITS[part]
    bare = bottleneck({part: LIMITS[part], "forward": rest}, Facts())
    assert bare.startswith(f"{100 * LIMITS[part]:.0f} % of the time was spent {DOING[part]}")


def test_of_two_parts_the_one_further_above_its_limit_is_named():
    assert "evaluating" in bottleneck({"data": 0.16, "evaluation": 0.6, "forward": 0.24}, CPU)
    assert "waiting for data" in bottleneck({"data": 0.31, "evaluation": 0.31, "forward": 0.38}, CPU)


def test_a_cpu_that_computes():
    sentence = say("data", 0.0, Facts(threads=1, cores=2, gpu=True, images=True))
    assert sentence == (
        "100 % of the time was spent in forward and backward on the CPU, 1 thread on 2 cores: "
        "hardware.threads=2, or hardware.channels_last=true, or hardware=gpu can help"
    )
    place = "the CPU, 2 threads on 2 cores"
    assert say("data", 0.1) == (
        f"90 % of the time was spent in forward and backward on {place}, and nothing else stands out"
    )


def test_processes_share_the_cores():
    assert "threads=" not in say("data", 0.0, Facts(processes=2, threads=1, cores=2))
    assert "threads=1" in say("data", 0.0, Facts(processes=2, threads=2, cores=2))


def test_a_gpu_that_computes():
    sentence = say("data", 0.1, Facts(device="cuda", precision="fp32", images=True, gpu=True))
    assert sentence == (
        "90 % of the time was spent in forward and backward on cuda: hardware.precision=bf16, "
        "or hardware.channels_last=true, or hardware.compile=true, or batch_size=128 can help"
    )
    assert "precision" not in say("data", 0.1, Facts(device="cuda", precision="bf16"))


def test_keys_that_a_run_does_not_have_are_not_named():
    for part in LIMITS:
        assert not re.search(
            r"\w+(\.\w+)+=|batch_size=", bottleneck({part: 1.0}, Facts(threads=1, cores=2, images=True))
        )


def test_every_key_that_can_be_named_is_one_of_the_configuration():
    known = {"batch_size", "hardware"}
    for path in Path(CONF).rglob("*.yaml"):
        node = yaml.safe_load(path.read_text())
        group = path.parent.name
        for name, value in node.items():
            inner = value if group == "callback" and isinstance(value, dict) else {}
            known |= {f"{group}.{name}", *(f"{group}.{name}.{key}" for key in inner)}
    named = set(re.findall(r"\b(?:dataset|hardware|callback|batch_size)(?:\.\w+)*(?==)", source()))
    assert named
    assert named <= known
    assert set(WAYS) == set(LIMITS) == set(DOING)


def source():
    import runner.callback.bottleneck as module

    return Path(module.__file__).read_text()


def test_facts_are_what_the_run_wrote_down(tmp_path):
    trained(tmp_path / "run", "hardware=cpu")
    run = built(tmp_path / "run", "hardware=cpu")
    facts = facts_of(run)
    assert facts.keys["callback.checkpoint.every_epochs"] == 1
    assert facts.keys["dataset.workers"] == 0
    assert (facts.device, facts.precision, facts.threads, facts.images) == ("cpu", "fp32", 1, False)
    assert facts.cores >= 1


def test_a_run_that_wrote_nothing_down_yet_has_no_keys(tmp_path):
    assert facts_of(built(tmp_path / "run")).keys == {}
