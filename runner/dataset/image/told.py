"""How a picture becomes a stored image, said for whoever has Pillow and not this package: what ``decode`` does."""

from __future__ import annotations

from runner.dataset.image.picture import Shape


def preparation(shape: Shape, white: int = 255) -> str:
    """Return a sentence; empty for images that no picture can give.

    Args:
        shape: Of a stored image, (channels, height, width).
        white: The value that stands for white.
    """
    if not pictured(shape):
        return ""
    channels, height, width = shape
    kind = "RGB" if channels == 3 else "grey (Pillow's L)"
    if height == width:
        part = f"the shorter side is scaled to {height} pixels and the middle square is kept"
    else:
        part = f"it is scaled to cover {width} x {height} pixels (width x height) and the middle is kept"
    return (
        f"a picture is turned as its EXIF note says and decoded as {kind}; {part} (bilinear, antialiased); whole "
        f"numbers from 0 (black) to {white} (white), channels first: `[{channels}, {height}, {width}]`"
    )


def code(shape: Shape, white: int = 255) -> str:
    """Return lines of Python that make ``stored`` of a file; see ``preparation``."""
    if not pictured(shape):
        return ""
    channels, height, width = shape
    mode, twice = "RGB" if channels == 3 else "L", 2 * max(height, width)
    scaled = "" if white == 255 else f"\nstored = (stored * {white} / 255).round()  # white is {white}"
    return (
        f"""\
import numpy
import torch
from PIL import Image, ImageOps

width, height = {width}, {height}
image = Image.open("picture.jpg")
image.draft("{mode}", ({twice}, {twice}))  # a JPEG is decoded not much larger than needed
image = ImageOps.exif_transpose(image).convert("{mode}")
scale = min(image.width / width, image.height / height)
left, top = (image.width - width * scale) / 2, (image.height - height * scale) / 2
box = (left, top, left + width * scale, top + height * scale)
pixels = numpy.array(image.resize((width, height), Image.Resampling.BILINEAR, box=box))
stored = torch.from_numpy(pixels).reshape(height, width, {channels}).permute(2, 0, 1).float()"""
        + scaled
    )


def pictured(shape: Shape) -> bool:
    """Tell whether a picture can give such an image: grey or in colours."""
    return len(shape) == 3 and shape[0] in (1, 3)
