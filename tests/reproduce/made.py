"""Runs to reproduce: trained in this process, in a working directory of their own."""

import random

from runner.beside import Beside
from runner.interrupt import Interrupt, Interrupted
from runner.train import train
from tests.support import config

CSV = ("dataset=csv", "dataset.path=data.csv", "dataset.target=y", "epochs=1")


class Stops(Interrupt):
    """Interrupts after so many updates."""

    def __init__(self, updates):
        super().__init__()
        self.updates = updates

    def check(self):
        self.updates -= 1
        if self.updates == 0:
            raise Interrupted(2)


def table(folder):
    """Write a table of two classes, 80 rows."""
    draw = random.Random(0)
    rows = [f"{draw.random() + (n % 2):.4f},{draw.random():.4f},{'ab'[n % 2]}" for n in range(80)]
    (folder / "data.csv").write_text("\n".join(["p,q,y", *rows]) + "\n")


def interrupted(folder, *overrides, updates=8):
    """Train until an interruption."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        train(config(*overrides), folder, list(overrides), Beside(interrupt=Stops(updates)))
    except Interrupted:
        return
    raise AssertionError("it came to its end")
