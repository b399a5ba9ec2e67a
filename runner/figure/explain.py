"""The picture of an explanation: the image, where the model looked, and what it said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor
from torch.nn.functional import interpolate

from runner.figure.canvas import COOL, INK, LIGHT, paper, save


def read_image(path: Path, shape: Sequence[int], top: float) -> Tensor:
    """Return an image file in the form of a dataset's stored images, float32 [channels, height, width].

    It is scaled to cover the dataset's size, and what stands over is cut off evenly.

    Args:
        path: Of anything that Pillow reads.
        shape: (channels, height, width) of the dataset: one channel is grey, three are colours.
        top: Value of white in the dataset.

    Raises:
        ValueError: There is no such file, it is no image, or the dataset's images are neither grey nor coloured.
    """
    import numpy
    from PIL import Image, ImageOps, UnidentifiedImageError

    channels, height, width = shape
    if channels not in (1, 3):
        raise ValueError(f"the dataset's images have {channels} channels: a file can give it grey (1) or colours (3)")
    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file).convert("L" if channels == 1 else "RGB")
    except FileNotFoundError:
        raise ValueError(f"no image {path}; a sample of the test set is test:NUMBER") from None
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"{path} is not an image that can be read: {error}") from None
    fitted = ImageOps.fit(image, (width, height), Image.Resampling.BILINEAR)
    array = numpy.asarray(fitted, dtype=numpy.float32).reshape(height, width, channels)
    return Tensor(array).permute(2, 0, 1) * (top / 255)


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
