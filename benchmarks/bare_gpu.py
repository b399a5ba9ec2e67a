"""The yardstick on a GPU: the loop of somebody who cares for speed. Data on the device, no waiting, bfloat16, fused.

Nothing but the model, the optimizer and the data is shared with ours: gathering, cropping, mirroring and the loop are
written here once more. Without augmentation, and on a CPU, it ends with the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from benchmarks.problem import Pace, unpaced
from benchmarks.work import SMOOTHING, Work
from runner.dataset.batch import derive
from runner.schedule.onecycle import onecycle


def train(work: Work, steps: int, pace: Pace[tuple[Tensor, Tensor]] = unpaced) -> nn.Module:
    """Train for ``steps`` updates and return the model."""
    device = torch.device(work.device)
    model = work.model()
    model.train()
    optimizer = work.optimizer(model)
    losses = torch.zeros((), device=device)
    autocast = torch.autocast(device.type, torch.bfloat16, enabled=work.half)
    for step, (inputs, targets) in enumerate(pace(batches(work, steps))):
        rate = work.rate * onecycle(step, work.total)
        for group in optimizer.param_groups:
            group["lr"] = rate
        with autocast:
            loss = cross_entropy(model(inputs), targets, label_smoothing=SMOOTHING)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.add_(loss.detach(), alpha=len(targets))
    return model


def batches(work: Work, steps: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield batches of one epoch after another, gathered from the pictures on the device."""
    rows, truth, shift, scale = work.stored
    for epoch in range(work.epochs):
        generator = torch.Generator().manual_seed(derive(work.seed, "order", epoch))
        order = torch.randperm(len(rows), generator=generator).to(rows.device)
        for index in order.split(work.batch):
            if not steps or len(index) == 1:  # batch norm has no variance over one picture
                break
            steps -= 1
            pictures = rows.index_select(0, index)
            if work.crop:
                pictures = moved(pictures, work.crop)
            yield pictures.float().sub_(shift).mul_(scale), truth.index_select(0, index)


def moved(pictures: Tensor, crop: int) -> Tensor:
    """Return pictures [n, channels, height, width], each shifted by up to ``crop`` pixels, half of them mirrored."""
    count, _, height, width = pictures.shape
    device = pictures.device
    down, right = torch.randint(0, 2 * crop + 1, (2, count, 1), device=device)
    ys = torch.arange(height, device=device) + down
    xs = torch.arange(width, device=device)
    xs = torch.where(torch.rand(count, 1, device=device) < 0.5, xs, width - 1 - xs) + right
    padded = pad(pictures, [crop] * 4)
    first = torch.arange(count, device=device)[:, None, None]
    return padded[first, :, ys[:, :, None], xs[:, None, :]].permute(0, 3, 1, 2)


PEERS = {"bare": train}
