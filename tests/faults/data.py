"""A user's datasets with something wrong in them; each is right but for one thing."""

import os
import signal
import time

import torch

from runner.dataset.data import Data, Split, Splits

COUNT = 40


def labels(count=COUNT):
    return torch.arange(count) % 2


def wrong(what: str = ""):
    """Two classes of 4 numbers.

    Args:
        what: What is wrong with them.
    """
    inputs, targets = torch.rand(COUNT, 4), labels()
    valid, shape, classes = (torch.rand(10, 4), labels(10)), (4,), ("even", "odd")
    if what == "empty":
        inputs, targets = inputs[:0], targets[:0]
    elif what == "one class":
        targets = torch.ones_like(targets)
    elif what == "label":
        targets[7] = 2
    elif what == "negative label":
        targets[7:9] = -1
    elif what == "label in valid":
        valid[1][3] = 9
    elif what == "labels of numbers":
        targets = targets.float()
    elif what == "count":
        targets = targets[:30]
    elif what == "shape":
        inputs = torch.rand(COUNT, 5)
    elif what == "nan":
        inputs[5, 1] = float("nan")
    elif what == "infinite target":
        classes, targets, valid = (), torch.rand(COUNT), (valid[0], torch.rand(10))
        targets[11] = float("inf")
    elif what == "nothing held out":
        valid = (torch.rand(0, 4), labels(0))
    elif what == "no file":
        return Data("own", shape, classes, lambda: open("/nowhere/at/all"))
    elif what == "bug":
        return Data("own", shape, classes, lambda: {}["missing"])
    task = "classification" if classes else "regression"

    def load():
        parts = [Split(inputs, targets), Split(*valid), Split(*valid)]
        return Splits(*parts, mean=None, std=None, fingerprint="0" * 64, source="made here")

    return Data("own", shape, classes, load, task=task)


class Rows:
    """Rows that are read one by one, with something wrong about one of them."""

    def __init__(self, what: str, count: int = COUNT):
        self.what, self.count = what, count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if index == 23 and self.count == COUNT:
            if self.what == "corrupt":
                raise OSError(f"picture-{index}.png is truncated")
            if self.what == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.what == "left":
                os._exit(3)
            if self.what == "hangs":
                time.sleep(3600)
            if self.what == "stopped":
                os.kill(os.getpid(), signal.SIGSTOP)
            if self.what == "size":
                return torch.rand(5)
            if self.what == "list":
                return [1.0, 2.0, 3.0, 4.0]
        generator = torch.Generator().manual_seed(index)
        return torch.rand(4, generator=generator)


def rows(what: str = "", workers: int = 1):
    """Two classes of 4 numbers, read one by one."""

    def load():
        parts = [Split(Rows(what), labels()), Split(Rows(what, 10), labels(10)), Split(Rows(what, 10), labels(10))]
        return Splits(*parts, mean=None, std=None, fingerprint="0" * 64, source="made here")

    return Data("own", (4,), ("even", "odd"), load, workers=workers)
