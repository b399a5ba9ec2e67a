"""What is true of every schedule that `runner ls schedule` lists, at its YAML file's values and at others."""

import inspect
from itertools import pairwise
from math import isfinite
from pathlib import Path

import pytest
from hydra.utils import get_object
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

REPO = Path(__file__).parent.parent.parent
CHOICES = {path.stem: path for path in sorted((REPO / "conf" / "schedule").glob("*.yaml"))}
PARTIAL = [name for name, path in CHOICES.items() if "_partial_" in OmegaConf.load(path)]


def curve(choice, epochs, **given):
    """Return (step, total) -> multiple, as the run makes it."""
    keys = OmegaConf.to_container(OmegaConf.load(CHOICES[choice]))
    target, partial = get_object(keys.pop("_target_")), keys.pop("_partial_", False)
    keys |= given
    if "epochs" in inspect.signature(target).parameters:
        keys["epochs"] = epochs
    return (lambda step, total: target(step, total, **keys)) if partial else target(**keys)


@pytest.mark.parametrize("choice", CHOICES)
@settings(deadline=None, max_examples=50)
@given(st.integers(1, 40), st.integers(1, 12), st.sampled_from([0.0, 0.05, 0.5, 0.99]))
def test_is_a_share_at_every_update(choice, epochs, batches, warmup):
    multiple = curve(choice, epochs, warmup=warmup)
    total = epochs * batches
    values = [multiple(step, total) for step in range(total)]
    assert all(isfinite(value) and 0 <= value <= 1 + 1e-12 for value in values)
    assert values[0] > 0


@pytest.mark.parametrize("choice", [name for name in CHOICES if name != "onecycle"])  # its warmup is no straight line
@pytest.mark.parametrize("warmup", [0.1, 0.25, 0.5])
def test_the_warmup_rises_to_where_the_curve_goes_on(choice, warmup):
    smooth = {"step": {"step_size": 100}, "multistep": {"milestones": []}, "restarts": {"cycle_length": 100}}
    multiple = curve(choice, 20, warmup=warmup, **smooth.get(choice, {}))
    values = [multiple(step, 2000) for step in range(2000)]
    assert values[0] < 0.01
    assert max(values) > 0.55
    assert max(abs(a - b) for a, b in pairwise(values)) < 0.015


@pytest.mark.parametrize("choice", CHOICES)
def test_starts_at_the_whole_rate_without_a_warmup(choice):
    if choice != "onecycle":
        assert curve(choice, 10, warmup=0.0)(0, 100) == 1


def test_all_but_the_plateau_are_pure_functions():
    assert set(CHOICES) - set(PARTIAL) == {"plateau"}
