"""Policies of the AutoAugment family: each image is changed by operations out of fourteen, dealt out at random.

Sources: TrivialAugment, Müller, Hutter, arXiv 2103.10158, table 1 ("wide"); RandAugment, Cubuk, Zoph, Shlens, Le, arXiv
1909.13719, figure 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from runner.dataset.image.affine import rotate, shear_x, shear_y, translate_x, translate_y
from runner.dataset.image.colour import brightness, contrast, saturation
from runner.dataset.image.tone import autocontrast, equalize, posterize, sharpness, solarize
from runner.types import Count, Positive, Share

Operation = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(images [k, c, h, w], strength [k] from 0 to 1, sign [k] of -1 or 1) -> float images."""


@dataclass(frozen=True)
class Reach:
    """What strength 1 means.

    Attributes:
        shear: Pixels per pixel.
        share, pixels: Of a translation: that share of the side, at most so many pixels.
        degrees: Of a rotation.
        enhance: How far from 1 the factors of brightness, saturation, contrast and sharpness go.
        bits: That are lost of eight.
    """

    shear: float
    share: float
    pixels: float
    degrees: float
    enhance: float
    bits: float


REACH = {
    "trivial": Reach(shear=0.99, share=1.0, pixels=32.0, degrees=135.0, enhance=0.99, bits=6.0),
    "rand": Reach(shear=0.3, share=150 / 331, pixels=float("inf"), degrees=30.0, enhance=0.9, bits=4.0),
}


def operations(reach: Reach, white: float) -> tuple[Operation, ...]:
    """Return the fourteen operations, each a function of images, strength and sign."""

    def way(side: int) -> float:
        return min(reach.share * side, reach.pixels)

    def enhanced(change: Callable[[Tensor, Tensor, float], Tensor]) -> Operation:
        return lambda images, strength, sign: change(images, 1 + sign * strength * reach.enhance, white)

    return (
        lambda images, strength, sign: images.float(),
        lambda images, strength, sign: shear_x(images, sign * strength * reach.shear),
        lambda images, strength, sign: shear_y(images, sign * strength * reach.shear),
        lambda images, strength, sign: translate_x(images, sign * strength * way(images.shape[-1])),
        lambda images, strength, sign: translate_y(images, sign * strength * way(images.shape[-2])),
        lambda images, strength, sign: rotate(images, sign * strength * reach.degrees),
        enhanced(brightness),
        enhanced(saturation),  # nothing changes where there is one channel
        enhanced(contrast),
        enhanced(sharpness),
        lambda images, strength, sign: posterize(images, 8 - (strength * reach.bits).round(), white),
        lambda images, strength, sign: solarize(images, (1 - strength) * white, white),
        lambda images, strength, sign: autocontrast(images, white),
        lambda images, strength, sign: equalize(images, white),
    )


class Policy:
    """TrivialAugment: one operation of random strength. RandAugment: ``ops`` operations of one strength.

    Operations are dealt out like cards: in a batch each of the fourteen gets an equal part of the samples, and which
    samples is random. So every sample meets every operation with the same probability, an operation costs no more
    than its part of the batch, and the device is never asked who drew what. Where the parts are not quite equal (128
    is no multiple of 14), the operations that get one sample more change with the epoch; in batches of less than
    fourteen, which operations there are is drawn for each, and there the device is asked.

    Args:
        name: "trivial" or "rand".
        ops: Operations in a row; TrivialAugment does one.
        strength: Of RandAugment's operations, as a share of the largest; the paper's M of 30.
        white: The value of white.
    """

    mixes = False
    deals = True

    def __init__(
        self, name: Literal["trivial", "rand"], ops: Count = 2, strength: Share = 0.3, white: Positive = 255.0
    ) -> None:
        self.rounds = ops if name == "rand" else 1
        self.draws = 3 * self.rounds
        self.low, self.high = (strength, strength) if name == "rand" else (0.0, 1.0)
        self.operations = operations(REACH[name], white)

    def __call__(self, images: Tensor, targets: Tensor, uniform: Tensor, epoch: int, /) -> tuple[Tensor, Tensor]:
        """Return float images, and the targets.

        Args:
            images: [n, channels, height, width].
            targets: Untouched.
            uniform: [n, 3 x rounds] in [0, 1), for each round: place in the order, strength, sign.
            epoch: Decides which operations get one sample more.
        """
        for numbers in uniform.split(3, 1):
            images = self.deal(images, numbers, epoch)
        return images, targets

    def deal(self, images: Tensor, uniform: Tensor, epoch: int) -> Tensor:
        """Change every image by one operation."""
        count = len(self.operations)
        turn = epoch % count if len(images) >= count else int(uniform[0, 0] * count)
        order = uniform[:, 0].argsort(stable=True)
        strength = uniform[:, 1] * (self.high - self.low) + self.low
        sign = (uniform[:, 2] < 0.5) * 2.0 - 1
        hands = zip(
            self.operations[turn:] + self.operations[:turn],
            *(tensor.index_select(0, order).tensor_split(count) for tensor in (images, strength, sign)),
            strict=True,
        )
        changed = torch.cat([operation(part, *amount) for operation, part, *amount in hands if len(part)])
        return torch.empty_like(changed).index_copy_(0, order, changed)
