"""What two real processes find out together: each writes its findings as JSON. Started by ``conftest.pair``."""

import json
import sys
from copy import deepcopy
from functools import partial
from pathlib import Path

import torch
from torch import nn

from runner.company import leave
from runner.hardware.guard import NonFinite
from runner.hardware.hardware import Hardware
from runner.hardware.meeting import Elsewhere, join
from runner.hardware.normalisation import statistics

FOUND = {}


def group_of_two(group):
    FOUND["gather"] = group.gather(f"from {group.rank}")
    FOUND["first"] = group.first(lambda: f"by {group.rank}")
    FOUND["in_turn"] = group.in_turn(lambda: group.rank)
    FOUND["unite"] = [group.unite(["one"] if group.rank else []), group.unite(["both"]), group.unite([])]
    sums = {"a": torch.tensor([1, 2]), "b": torch.tensor(0.5)} if group.rank == 0 else {"a": torch.tensor([10, 20])}
    FOUND["sum"] = {name: value.tolist() for name, value in group.sum(sums).items()}
    FOUND["mean"] = group.mean(torch.tensor(float(group.rank))).item()
    FOUND["highest"] = [group.highest(15 if group.rank else 0), group.highest(0), group.highest(0)]
    group.same({"batches": 3})
    try:
        group.same({"data": "a", "batches": 3 + group.rank})
    except ValueError as error:
        FOUND["same"] = str(error)
    try:
        group.first(lambda: int("no number"))
    except (ValueError, Elsewhere) as error:
        FOUND["error"] = f"{type(error).__name__}: {error}"


def layers(normalised):
    torch.manual_seed(3)
    norms = [nn.BatchNorm2d(4) if normalised else nn.Tanh(), nn.Tanh()]
    if normalised != "pictures":  # of which one sample is enough
        norms[1] = nn.BatchNorm1d(8, momentum=None) if normalised else nn.Tanh()
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), norms[0], nn.Tanh(), nn.Flatten(), nn.Linear(64, 8), norms[1], nn.Linear(8, 3)
    )


def loss_of(hardware, inputs, targets):
    return nn.functional.cross_entropy(hardware.trained(inputs), targets)


def trained(hardware, size, normalised):
    """Return the losses of three updates on one batch, and what was trained."""
    model = hardware.place(layers(normalised))
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    hardware.attach(optimizer)
    inputs, targets = torch.randn(size, 1, 6, 6), torch.randint(0, 3, (size,))
    losses = []
    for _ in range(3):
        loss = hardware.backward(partial(loss_of, hardware), inputs, targets)
        hardware.update()
        losses.append(loss.item())
        deepcopy(model) if not hardware.shard else None  # as averages of the weights do
    return losses, model, optimizer


def state(hardware, model, optimizer):
    return {
        "model": hardware.spread.whole(model.state_dict()),
        "optimizer": hardware.spread.whole(optimizer.state_dict()),
    }


def close(first, second, within=1e-5):
    if isinstance(first, torch.Tensor):
        return torch.allclose(first.double(), second.double(), rtol=100 * within, atol=within)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(close(first[key], second[key], within) for key in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(close(*both, within) for both in zip(first, second, strict=True))
    return first == second


def like_one_process(name, size, normalised=True, **keys):
    """Train in two processes, and in this one alone."""
    same = {key: keys[key] for key in ("accumulate", "precision") if key in keys}
    alone = Hardware("cpu", processes="auto", **same)  # never prepared: knows of nobody
    losses, *parts = trained(alone, size, normalised)
    expected = state(alone, *parts)
    hardware = Hardware("cpu", processes="auto", sync_batch_norm=bool(normalised), **keys)
    hardware.prepare()
    found, model, optimizer = trained(hardware, size, normalised)
    whole = state(hardware, model, optimizer)
    mine = hardware.group.main or not hardware.shard  # the others let go of what they helped to put together
    within = 1e-2 if hardware.precision == "bf16" else 1e-5
    FOUND[f"{name} {size}"] = {
        "losses": close(torch.tensor(found), torch.tensor(losses), within),
        "state": not mine or close(whole, expected, within),
    }
    if hardware.shard:
        whole = hardware.group.first(lambda: whole)
        other = hardware.place(layers(normalised))
        fresh = torch.optim.SGD(other.parameters(), 0.05, momentum=0.9)
        hardware.attach(fresh)
        other.load_state_dict(hardware.spread.pieces(other, whole["model"]))
        fresh.load_state_dict(hardware.spread.optimizer_pieces(fresh, whole["optimizer"]))
        again = state(hardware, other, fresh)
        FOUND[f"loaded {size}"] = not mine or close(again, whole)


def trainings():
    for size in (12, 7, 3, 2):
        like_one_process("ddp", size)
        like_one_process("fsdp", size, shard=True)
    like_one_process("accumulated", 13, normalised=False, accumulate=3)
    like_one_process("accumulated and cut", 13, normalised=False, accumulate=3, shard=True)
    like_one_process("too few", 1, normalised=False)
    like_one_process("too few for statistics", 1, normalised="pictures")
    like_one_process("half precision", 12, precision="bf16")


def a_nan_in_one_process():
    """Both stop, and both know where; also where the layers talk to one another, and of the first process."""
    for name, row, keys in (("last", 3, {}), ("first", 0, {"sync_batch_norm": True}), ("cut", 0, {"shard": True})):
        hardware = Hardware("cpu", processes="auto", **keys)
        hardware.prepare()
        model = hardware.place(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)))
        hardware.attach(torch.optim.SGD(model.parameters(), 0.1))
        inputs = torch.ones(4, 2)
        inputs[row] = float("nan")
        try:
            hardware.backward(partial(loss_of, hardware), inputs, torch.ones(4).long())
        except NonFinite as error:
            FOUND[f"nan {name}"] = str(error)


class Idle(nn.Module):
    """Has a layer that it does not use."""

    def __init__(self):
        super().__init__()
        self.used, self.idle = nn.Linear(2, 2), nn.Linear(2, 2)

    def forward(self, inputs):
        return self.used(inputs)


def a_layer_that_is_not_used():
    hardware = Hardware("cpu", processes="auto")
    hardware.prepare()
    hardware.attach(torch.optim.SGD(hardware.place(Idle()).parameters(), 0.1))
    try:
        for _ in range(2):
            hardware.backward(partial(loss_of, hardware), torch.ones(4, 2), torch.ones(4).long())
            hardware.update()
    except RuntimeError as error:
        FOUND["unused"] = str(hardware.told(error))


def averages(hardware):
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    model[1].running_mean.fill_(float(hardware.group.rank))
    hardware.spread.average([model, model])
    FOUND["averaged"] = statistics(model)["1.running_mean"].tolist()


def main(path):
    rank = join(60).rank
    hardware = Hardware("cpu", processes="auto")
    hardware.prepare()
    group_of_two(hardware.group)
    trainings()
    a_nan_in_one_process()
    averages(hardware)
    a_layer_that_is_not_used()
    Path(f"{path}.{rank}").write_text(json.dumps(FOUND), encoding="utf-8")
    hardware.group.settle()
    leave(0)


if __name__ == "__main__":
    main(sys.argv[1])
