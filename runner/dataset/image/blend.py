"""MixUp and CutMix: each sample is blended with another one of its batch, and so are their labels.

Sources: Zhang, Cisse, Dauphin, Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", arXiv 1710.09412, equation 1;
Yun, Han, Oh, Chun, Choe, Yoo, "CutMix", arXiv 1905.04899, equations 1 and 2. Here every sample has its own share; the
papers' code draws one per batch.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy
import torch
from torch import Tensor

from runner.dataset.image.erase import inside
from runner.types import NonNegative, Positive

STEPS = 4096


@lru_cache(maxsize=16)
def quantiles(alpha: Positive, device: torch.device) -> Tensor:
    """Return the quantiles of Beta(alpha, alpha) at (1 - cos t) / 2 for t = 0 ... pi, kept on a device.

    Those places are dense at the ends, where quantiles change fastest. In the variable log(x / (1 - x)) the density is
    smooth, also where that of x has poles at 0 and 1 (alpha < 1): a plain sum integrates it.
    """
    end = 40 / alpha + 10  # beyond, less than e^-40 of the mass is left
    place = numpy.linspace(-end, end, 2**16 + 1)
    density = numpy.exp(-alpha * (numpy.logaddexp(0, place) + numpy.logaddexp(0, -place) - 2 * numpy.log(2)))
    below = numpy.concatenate([[0.0], numpy.cumsum((density[1:] + density[:-1]) / 2)])
    levels = (1 - numpy.cos(numpy.linspace(0, numpy.pi, STEPS + 1))) / 2
    logit = numpy.interp(levels, below / below[-1], place)
    return torch.from_numpy(numpy.exp(-numpy.logaddexp(0, -logit))).float().to(device)


def beta(uniform: Tensor, alpha: Positive) -> Tensor:
    """Turn uniform numbers [n] in [0, 1) into draws from Beta(alpha, alpha): a look-up, linear between quantiles."""
    table = quantiles(alpha, uniform.device)
    place = (1 - 2 * uniform).acos() * (STEPS / math.pi)
    step = place.long().clamp_max(STEPS - 1)
    return torch.lerp(table[step], table[step + 1], place - step)


class Blend:
    """Blend each sample with a partner: all of it (MixUp), or a rectangle of it (CutMix).

    The partner is the sample's image under a random permutation of the batch. With both, each sample draws which, with
    equal chance.

    Args:
        mixup: alpha of the Beta distribution of MixUp's share; 0 is off.
        cutmix: alpha of the Beta distribution of the share of the area that CutMix keeps; 0 is off. What lies outside
            the image is cut off the rectangle, and labels are blended by the area that is really kept.

    Raises:
        ValueError: Both are off.
    """

    draws = 5
    mixes = True

    def __init__(self, mixup: NonNegative = 0.0, cutmix: NonNegative = 0.0) -> None:
        if not (mixup or cutmix):
            raise ValueError("mixup and cutmix are both 0: nothing is blended")
        self.keeps = [keep for keep, alpha in ((self.even, mixup), (self.cut, cutmix)) if alpha]
        self.mixup, self.cutmix = mixup, cutmix

    def even(self, uniform: Tensor, size: torch.Size) -> Tensor:
        """Return MixUp's share of the own image at every pixel, [n, 1, height, width]."""
        return beta(uniform[:, 0], self.mixup).view(-1, 1, 1, 1).expand(-1, 1, *size)

    def cut(self, uniform: Tensor, size: torch.Size) -> Tensor:
        """Return CutMix's share of the own image at every pixel: 0 in the rectangle, 1 around it."""
        half = (1 - beta(uniform[:, 0], self.cutmix)).sqrt() / 2
        down, right = uniform[:, 1], uniform[:, 2]
        top, bottom = (((down + way) * size[0]).round() for way in (-half, half))
        left, right = (((right + way) * size[1]).round() for way in (-half, half))
        return (~inside(top, bottom, left, right, size)).float()

    def __call__(self, images: Tensor, targets: Tensor, uniform: Tensor, epoch: int, /) -> tuple[Tensor, Tensor]:
        """Return blended float images and blended targets.

        Args:
            images: [n, channels, height, width].
            targets: Soft labels, float [n, classes].
            uniform: [n, 5] in [0, 1): share, centre of the rectangle (vertical, horizontal), order, which of the two.
            epoch: Not used.

        Raises:
            ValueError: The targets are no floating point numbers.
        """
        if not targets.is_floating_point():
            raise ValueError(f"mixup and cutmix blend targets: they must be float [n, classes], got {targets.dtype}")
        size = images.shape[-2:]
        keep = self.keeps[0](uniform, size)
        for other in self.keeps[1:]:
            keep = torch.where((uniform[:, 4] < 0.5).view(-1, 1, 1, 1), keep, other(uniform, size))
        partner = uniform[:, 3].argsort(stable=True)
        own = keep.mean((1, 2, 3)).view(-1, *[1] * (targets.dim() - 1))
        return blended(images.float(), partner, keep), blended(targets, partner, own)


def blended(values: Tensor, partner: Tensor, own: Tensor) -> Tensor:
    """Return ``own`` parts of each sample's values, the rest of its partner's; exact where that is all or nothing."""
    return (values * own).add_(values.index_select(0, partner).mul_(1 - own))  # lerp() is slower with broadcasting
