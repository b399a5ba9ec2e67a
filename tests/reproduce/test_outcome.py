import json

import pytest
import torch

from runner.gate.baseline import Tolerance
from runner.reproduce.outcome import Pair, compare, digest
from runner.statefile import save
from tests.support import trained


def test_the_same_words_give_the_same_bits_and_another_seed_does_not(tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        trained(tmp_path / name, f"seed={seed}", "callback.record.every_steps=1")
    same, other = (compare(tmp_path / "a", tmp_path / name) for name in "bc")
    assert same.bits
    assert set(same.weights) == {"best", "last"}
    assert not other.bits
    assert other.other_weights
    assert other.differing[0].what == "train/step_loss at update 1"
    assert not other.within(Tolerance(0.001, True))
    assert other.within(Tolerance(10.0))


def test_a_number_that_one_lacks_and_weights_that_are_gone(tmp_path):
    for name in "ab":
        trained(tmp_path / name)
    (tmp_path / "b" / "checkpoints" / "best.pt").unlink()
    rows = (tmp_path / "b" / "metrics.jsonl").read_text().splitlines()
    (tmp_path / "b" / "metrics.jsonl").write_text("\n".join(rows[1:]) + "\n")
    found = compare(tmp_path / "a", tmp_path / "b")
    assert not found.bits
    assert found.unkept == ["best.pt"]
    assert found.differing[0].now is None
    assert "nothing now" in str(found.differing[0])


def test_times_and_loads_do_not_count(tmp_path):
    for name in "ab":
        trained(tmp_path / name)
    row = {"epoch": 1, "step": 3, "monitor/cpu_percent": 7.0, "seconds": 9.0}
    with open(tmp_path / "a" / "metrics.jsonl", "a") as file:
        file.write(json.dumps(row) + "\n")
    assert compare(tmp_path / "a", tmp_path / "b").bits


@pytest.mark.parametrize(
    ("then", "now", "same", "difference"),
    [(1.0, 1.0, True, 0.0), (float("nan"), float("nan"), True, 0.0), (1.0, 1.1, False, 0.1 / 1.1),
     (1.0, float("nan"), False, float("inf")), (1.0, None, False, float("inf"))],
)  # fmt: skip
def test_pairs(then, now, same, difference):
    pair = Pair("x", then, now)
    assert pair.same is same
    assert pair.difference == pytest.approx(difference)
    assert pair.within(Tolerance()) is same


def test_a_digest_is_of_every_bit_name_and_shape(tmp_path):
    plain = {"a": torch.zeros(2, 3), "b": torch.tensor(1), "c": torch.ones(2, dtype=torch.bfloat16)}
    variants = [
        plain,
        {**plain, "a": torch.zeros(3, 2)},
        {**plain, "a": -torch.zeros(2, 3)},
        {**plain, "b": torch.tensor(2)},
        {"d" if name == "c" else name: value for name, value in plain.items()},
        {**plain, "a": torch.zeros(2, 3, dtype=torch.int32)},
    ]
    found = set()
    for index, model in enumerate(variants):
        save(tmp_path / f"{index}.pt", {"model": model})
        found.add(digest(tmp_path / f"{index}.pt"))
    assert len(found) == len(variants)
    (tmp_path / "0.pt").write_bytes((tmp_path / "0.pt").read_bytes()[:-1] + b"x")
    with pytest.raises(ValueError, match="is damaged"):
        digest(tmp_path / "0.pt")
