"""Batch normalisation over several processes: one set of statistics for the whole batch, or for evaluation alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.modules.batchnorm import _BatchNorm

if TYPE_CHECKING:
    from runner.hardware.processes import Group


def normalises(model: nn.Module) -> bool:
    """Tell whether a model has batch normalisation."""
    return any(isinstance(module, _BatchNorm) for module in model.modules())


def without_variance(error: Exception) -> str | None:
    """Return in words that a batch had one value for a statistic, if that is what an error says."""
    if "Expected more than 1 value per channel" not in str(error):
        return None
    return (
        "batch normalisation has no variance over the single sample of a batch: use a larger batch_size, fewer "
        "hardware.accumulate, or a model without it"
    )


def synchronise(model: nn.Module, group: Group) -> nn.Module:
    """Return the model with statistics of the whole batch; the names and the numbers of its state stay.

    On a GPU with torch's own module, which knows no other device, and to which all rows are the same, also those that a
    process without samples of its own takes from another; elsewhere with the one below.
    """
    if group.device.type == "cuda":
        converted: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(model, group.data)
        return converted
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.__dict__["group"] = group
            module.__class__ = type(f"Synchronised{type(module).__name__}", (Synchronised, type(module)), {})
    return model


class Synchronised(_BatchNorm):
    """Batch normalisation whose statistics in training are those of all processes' samples together, each once.

    They are taken in single precision, whatever the inputs are in.

    Source: Ioffe, Szegedy, arXiv 1502.03167; over processes: Peng et al., "MegDet", arXiv 1711.07240, section 3.3.
    """

    group: Group

    def forward(self, input: Tensor) -> Tensor:  # torch's word
        """Normalise [n, channels, ...]."""
        if not self.training:
            return super().forward(input)
        dims = [0, *range(2, input.dim())]
        shape = [1, -1] + [1] * (input.dim() - 2)
        values, data = input.float(), self.group.data
        weight = 1.0 if self.group.counted else 0.0  # of rows that are another's
        count = torch.full((), weight * (input.numel() // input.shape[1]), device=input.device)
        dist.all_reduce(count, group=data)
        mean = _add_up(weight * values.sum(dims), data) / count
        centred = values - mean.view(shape)
        variance = _add_up(weight * centred.square().sum(dims), data) / count
        self.track(mean.detach(), variance.detach(), count)
        outputs = centred * (variance + self.eps).rsqrt().view(shape)
        if self.affine:
            outputs = outputs * self.weight.view(shape) + self.bias.view(shape)
        return outputs.to(input.dtype)

    @torch.no_grad()
    def track(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        """Move the statistics that evaluation uses; the variance is the unbiased one, as in torch."""
        if self.running_mean is None or self.running_var is None:
            return
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance * count / (count - 1).clamp_min(1), share)


class _AddUp(torch.autograd.Function):
    """The sum over all processes; its gradient is the sum of all processes' gradients."""

    @staticmethod
    def forward(context: Any, value: Tensor, group: Any) -> Tensor:
        context.group = group
        total = value.clone()
        dist.all_reduce(total, group=group)
        return total

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        total = gradient.contiguous().clone()
        dist.all_reduce(total, group=context.group)
        return total, None


def _add_up(value: Tensor, group: Any) -> Tensor:
    total: Tensor = _AddUp.apply(value, group)
    return total


def statistics(model: nn.Module) -> dict[str, Tensor]:
    """Return the running means and variances of a model's batch normalisation, by name."""
    return {
        f"{name}.{key}" if name else key: value
        for name, module in model.named_modules()
        if isinstance(module, _BatchNorm)
        for key, value in module.named_buffers(recurse=False)
        if value.is_floating_point()
    }


def average(models: Iterable[nn.Module], group: Group) -> None:
    """Give every process the mean of all processes' running statistics.

    Source: ``distribute_bn=reduce`` of timm's training script.
    """
    for value in {id(v): v for model in models for v in statistics(model).values()}.values():
        dist.all_reduce(value, group=group.data)
        value.div_(group.world)
