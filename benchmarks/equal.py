"""The condition of every comparison: all do the same training. ``python -m benchmarks.equal PEER`` prints differences.

After an epoch our loop and the hand-written one have the same bits in every weight. So have the peers, except those
whose inputs are rounded otherwise; the largest difference is then named.
"""

from __future__ import annotations

import json
import sys

import torch
from torch import Tensor

from benchmarks.peers import find
from benchmarks.problem import MODELS, Problem
from benchmarks.process import answer


def equal(problem: Problem, name: str = "runner") -> bool:
    """Tell whether a peer ends with the bits of the hand-written loop in every weight and buffer after an epoch."""
    bare, theirs = trained("bare", problem), trained(name, problem)
    return bare.keys() == theirs.keys() and all(torch.equal(bare[name], theirs[name]) for name in bare)


def difference(problem: Problem, name: str) -> float:
    """Return the largest difference between a weight of the two after an epoch; 0 means the same bits."""
    bare, theirs = trained("bare", problem), trained(name, problem)
    return max((bare[name].double() - theirs[name].double()).abs().max().item() for name in bare if bare[name].numel())


def trained(name: str, problem: Problem) -> dict[str, Tensor]:
    """Return the weights and buffers after an epoch."""
    return find(name)(problem, problem.total).state_dict()


def differences(name: str) -> dict[str, float]:
    """Return the largest difference for each model, from a process of its own."""
    found: dict[str, float] = answer("benchmarks.equal", name)
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps({model: difference(Problem(model), sys.argv[1]) for model in MODELS}))
