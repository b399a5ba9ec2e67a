import random

import numpy
import torch

from runner.randomness import random_state, restore_random
from runner.statefile import load, save


def test_random_generators_go_on_where_they_were(tmp_path):
    save(tmp_path / "a.pt", {"random": random_state()})
    drawn = (torch.rand(3).tolist(), random.random(), numpy.random.rand(3).tolist(), numpy.random.randn())
    restore_random(load(tmp_path / "a.pt")["random"])
    assert drawn == (torch.rand(3).tolist(), random.random(), numpy.random.rand(3).tolist(), numpy.random.randn())
