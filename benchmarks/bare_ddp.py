"""Training in several processes, as one writes it by hand: DistributedDataParallel under torchrun.

``torchrun --standalone --nproc-per-node=2 -m benchmarks.bare_ddp PROBLEM EPOCHS`` prints what the first process saw, as
JSON; without torchrun it is the plain loop in one process. A batch is shared out among the processes.
"""

from __future__ import annotations

import json
import os
import sys
import time

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel

from benchmarks.problem import Problem
from runner.company import leave
from runner.dataset.batch import derive
from runner.schedule.onecycle import onecycle


def train(problem: Problem, epochs: int, rank: int, world: int, device: torch.device) -> dict[str, float]:
    """Train and return samples a second, over all processes, and the mean loss of the last epoch."""
    rows, truth, shift, scale = (part.to(device) for part in problem.stored)
    model: nn.Module = problem.model().to(device)
    model.train()
    optimizer = problem.optimizer(model)
    wrapped = DistributedDataParallel(model) if world > 1 else model
    autocast = torch.autocast(device.type, torch.bfloat16, enabled=problem.half)
    losses, updates, step = torch.zeros((), device=device), epochs * problem.total, 0
    begun = time.perf_counter()
    for epoch in range(epochs):
        losses.zero_()
        generator = torch.Generator().manual_seed(derive(problem.seed, "order", epoch))
        for whole in torch.randperm(len(rows), generator=generator).split(problem.batch):
            index = whole[rank::world].to(device)
            inputs = rows.index_select(0, index).float().sub_(shift).mul_(scale)
            targets = truth.index_select(0, index)
            for group in optimizer.param_groups:
                group["lr"] = problem.lr * onecycle(step, updates)
            with autocast:
                loss = cross_entropy(wrapped(inputs), targets)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses.add_(loss.detach(), alpha=len(index))
            step += 1
    if world > 1:
        dist.all_reduce(losses)
    mean = losses.item() / len(rows)  # waits for the device
    return {"samples_per_second": epochs * len(rows) / (time.perf_counter() - begun), "loss": mean}


def main() -> None:
    """Join the other processes, train, and print."""
    torch.set_num_threads(1)
    problem, epochs = Problem(**json.loads(sys.argv[1])), int(sys.argv[2])
    world, rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
    device = torch.device(problem.device)
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        torch.cuda.set_device(device)
    if world > 1:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    found = train(problem, epochs, rank, world, device)
    if rank == 0:
        print(json.dumps(found), flush=True)
    if world > 1:
        dist.barrier()
        leave(0)  # taking gloo's threads apart aborts now and then


if __name__ == "__main__":
    main()
