"""A model in training: samples a second, achieved floating-point operations a second, and their share of the peak.

Source of the share, model FLOPs utilisation (MFU): Chowdhery et al., "PaLM: Scaling Language Modeling with Pathways",
arXiv 2204.02311, appendix B: the operations that forward and backward need, divided by those the hardware could have
done in the same time; nothing that is computed twice counts twice. There the peak is the maker's. Here it is the rate
of matrix products that was measured on this machine in the same precision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from runner.inspect.flops import plainly
from runner.machine.timing import Timing, timed

if TYPE_CHECKING:
    from runner.hardware.hardware import Hardware

Loss = Callable[[Tensor, Tensor], Tensor]
WARM = 3
"""Steps before the first one that counts: memory is asked for, kernels are chosen."""


def training(
    hardware: Hardware,
    model: nn.Module,
    loss: Loss,
    inputs: Tensor,
    targets: Tensor,
    seconds: float,
    after: Callable[[], object] = lambda: None,
) -> Timing:
    """Time forward, backward and update, as a run does them, on a batch that is on the device already.

    Args:
        hardware: What does them; model and optimizer are attached to it. The weights change.
        model: On the device; the hardware knows what stands before it.
        loss: Of outputs and targets.
        inputs: A batch.
        targets: Its targets.
        seconds: About.
        after: Called after each step.
    """
    model.train()
    trained = hardware.trained

    def forward(x: Tensor, y: Tensor) -> Tensor:
        return loss(trained(x), y)

    def step() -> None:
        hardware.backward(forward, inputs, targets)
        hardware.update()
        after()

    return timed(step, hardware.device, seconds, warm=WARM)


def work(model: nn.Module, loss: Loss, inputs: Tensor, targets: Tensor) -> int:
    """Return the floating-point operations of forward and backward of a batch.

    Twice the multiply-accumulates of matrix products and convolutions, as the gradients that are asked for need them:
    a frozen layer needs less. Nothing else is counted, and a causal mask saves nothing.

    Args:
        model: On the CPU. Its statistics change; its gradients are thrown away.
        loss: Of outputs and targets.
        inputs: A batch on the CPU.
        targets: Its targets.
    """
    model.train()
    with plainly(), torch.enable_grad(), FlopCounterMode(display=False) as counter:
        loss(model(inputs), targets).backward()
    model.zero_grad()
    return int(counter.get_total_flops())


def utilisation(flops_per_second: float, peak: float | None) -> float | None:
    """Return the share of the peak that was used; None where there is no peak, or no work that was counted.

    More than 1 says that the peak was found too low: the machine did other things meanwhile, or has no fast products
    of large matrices in this format, as a CPU in fp16.
    """
    return flops_per_second / peak if peak and flops_per_second else None
