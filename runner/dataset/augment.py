"""Augmentation of images: one pipeline of what is asked for, batched, on the device, with draws for every sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from torch import Tensor

from runner.dataset.image.affine import Affine
from runner.dataset.image.blend import Blend
from runner.dataset.image.colour import Colour, brightness, contrast, saturation
from runner.dataset.image.crop import Crop, Flip
from runner.dataset.image.erase import Erase
from runner.dataset.image.policy import Policy
from runner.dataset.image.resize import Resize
from runner.types import Count, Fraction, NonNegative, Positive, Share, Whole

if TYPE_CHECKING:
    from runner.dataset.data import Augmentation

_change = {"brightness": brightness, "contrast": contrast, "saturation": saturation}


class Augment:
    """Random changes of training images, in the order of the arguments but for resizing, which comes before blending.

    What is left at its default is not there at all: it takes no time and no random numbers. Crops and mirror images
    keep uint8; everything else makes float32 of the same range. Zeros come in from outside the image.

    Args:
        crop: Pixels of padding on each side; a window of the original size is cut at a random place.
        flip: Probability of a horizontal mirror image.
        rotate: By up to so many degrees, either way.
        scale: By a factor between 1 - scale and 1 + scale.
        translate: By up to this share of the width and of the height.
        policy: "trivial" (TrivialAugment, arXiv 2103.10158: one of fourteen operations, of random strength) or "rand"
            (RandAugment, arXiv 1909.13719).
        policy_ops: Operations in a row, for policy=rand.
        policy_strength: Share of the largest strength, for policy=rand.
        brightness: The factor is between 1 - brightness and 1 + brightness.
        contrast: Likewise; the distance to the image's mean grey is multiplied.
        saturation: Likewise; the distance to the image's grey copy is multiplied. Needs colours.
        erase: Probability that a rectangle is painted with the image's own mean (random erasing, arXiv 1708.04896).
        erase_area: Smallest and largest share of the image that is erased; [0.02, 0.33] unless told.
        sizes: Progressive resizing, [epoch, pixels] pairs: [[0, 16], [5, 28]] delivers 16 pixels from the first epoch
            on and 28 from the sixth on (epochs count from 0). The model has to take any size.
        mixup: alpha of MixUp (arXiv 1710.09412), usually 0.1 to 0.4: images and labels are blended in pairs; 0 is off.
        cutmix: alpha of CutMix (arXiv 1905.04899), usually 1: a rectangle comes from another image; 0 is off. With
            mixup too, each sample draws one of the two.
        white: The value of white in the stored images.

    Attributes:
        sizes: As given.
        draws: Uniform numbers that a sample needs.
        mixes: Whether samples are blended: targets are then soft labels, float [n, classes].
        deals: Whether what happens to a sample depends on the others of its batch.

    Raises:
        ValueError: ``erase_area`` or ``sizes`` are not what they should be.
    """

    def __init__(
        self,
        crop: Whole = 0,
        flip: Share = 0.0,
        rotate: NonNegative = 0.0,
        scale: Fraction = 0.0,
        translate: Share = 0.0,
        policy: Literal["trivial", "rand"] | None = None,
        policy_ops: Count = 2,
        policy_strength: Share = 0.3,
        brightness: NonNegative = 0.0,
        contrast: NonNegative = 0.0,
        saturation: NonNegative = 0.0,
        erase: Share = 0.0,
        erase_area: list[Share] | None = None,
        sizes: list[list[Whole]] | None = None,
        mixup: NonNegative = 0.0,
        cutmix: NonNegative = 0.0,
        white: Positive = 255.0,
    ) -> None:
        steps: list[Augmentation] = []
        if crop:
            steps.append(Crop(crop))
        if flip:
            steps.append(Flip(flip))
        if rotate or scale or translate:
            steps.append(Affine(rotate, scale, translate))
        if policy:
            steps.append(Policy(policy, policy_ops, policy_strength, white))
        for name, strength in (("brightness", brightness), ("contrast", contrast), ("saturation", saturation)):
            if strength:
                steps.append(Colour(_change[name], strength, white))
        if erase:
            steps.append(Erase(erase, erase_area))
        if sizes:
            steps.append(Resize(sizes))
        if mixup or cutmix:
            steps.append(Blend(mixup, cutmix))
        self.steps = steps
        self.sizes = sizes or []
        self.widths = [step.draws for step in steps]
        self.draws = sum(self.widths)
        self.mixes = any(step.mixes for step in steps)
        self.deals = any(getattr(step, "deals", False) for step in steps)

    def __bool__(self) -> bool:
        """Tell whether anything is changed at all."""
        return bool(self.steps)

    def __call__(self, inputs: Tensor, targets: Tensor, uniform: Tensor, epoch: int, /) -> tuple[Tensor, Tensor]:
        """Return changed images and targets: a pure function, without asking the device anything.

        Args:
            inputs: Stored images [n, channels, height, width], from 0 to white.
            targets: [n], or [n, classes] if ``mixes``.
            uniform: [n, draws] in [0, 1).
            epoch: Counted from 0.
        """
        for step, numbers in zip(self.steps, uniform.split(self.widths, 1), strict=True):
            inputs, targets = step(inputs, targets, numbers, epoch)
        return inputs, targets
