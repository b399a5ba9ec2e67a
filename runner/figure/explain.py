"""The picture of an explanation: the image, where the model looked, and what it said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor
from torch.nn.functional import interpolate

from runner.figure.canvas import COOL, INK, LIGHT, paper, save


def overlay(heat: Tensor, size: Sequence[int]) -> Tensor:
    """Return a map enlarged to (height, width) and scaled to [0, 1]; all zeros stay zeros."""
    large = interpolate(heat[None, None], tuple(size), mode="bilinear", align_corners=False)[0, 0]
    return large / large.max().clamp_min(1e-12)


def draw_explanation(
    path: Path, image: Tensor, heat: Tensor, *, answers: Sequence[tuple[str, float]], title: str, about: str
) -> None:
    """Write the picture.

    Args:
        path: Of the PNG.
        image: Colours in [0, 1], [height, width, 3].
        heat: In [0, 1], [height, width].
        answers: Class and probability, the first on top.
        title: Above the image.
        about: Above the map: what it explains.
    """
    figure = paper(8.4, 2.9)
    left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.15))
    left.imshow(image.numpy(), interpolation="nearest")
    middle.imshow(image.mean(2).numpy(), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    middle.imshow(
        heat.numpy(), cmap="inferno", vmin=0, vmax=1, alpha=(0.75 * heat.sqrt()).numpy(), interpolation="nearest"
    )
    for axes, text in ((left, title), (middle, about)):
        axes.set_title(text, fontsize=9)
        axes.set_axis_off()
    shares = [share for _, share in answers]
    right.barh(range(len(answers)), shares, color=[COOL, *[LIGHT] * len(answers)][: len(answers)], height=0.55)
    for row, (name, share) in enumerate(answers):
        right.text(0.01, row - 0.34, f"{name}  {share:.1%}", fontsize=9, color=INK, va="bottom")
    right.set(xlim=(0, 1), ylim=(len(answers) - 0.4, -0.8), xticks=[], yticks=[])
    right.set_frame_on(False)
    save(figure, path)
