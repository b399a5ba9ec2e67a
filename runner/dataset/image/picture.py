"""From a file to pixels: decoded, turned upright, scaled and cropped to one size; many files by threads."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import numpy
import torch
from torch import Tensor

BLOCK = 1024
"""Files that are under way at a time: what bounds the memory for their bytes."""


FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "GIF", "TIFF", "PPM")
"""What is decoded, by what the bytes say, whatever a file is called: others of Pillow's formats start programs."""

Shape = tuple[int, ...]
"""Of a picture as it is stored: (3 or 1, height, width)."""


def decode(file: IO[bytes] | Path, shape: Shape) -> Tensor:
    """Return a picture, uint8 [channels, height, width]: the only place where files become pixels.

    It is scaled to cover the size, antialiased, and what stands over is cut off evenly: the middle is kept. A camera's
    note of how it was held (EXIF) is followed. Of an animation the first frame counts; transparency is ignored;
    16 bits a colour become 8.

    Args:
        file: In one of ``FORMATS``.
        shape: (channels, height, width): one channel is grey, three are colours.
    """
    from PIL import Image, ImageOps

    channels, height, width = shape
    mode, twice = "RGB" if channels == 3 else "L", 2 * max(height, width)
    with Image.open(file, formats=FORMATS) as opened:
        opened.draft(mode, (twice, twice))  # a JPEG is decoded not much larger: several times faster
        image = ImageOps.exif_transpose(opened)
        if image.mode.startswith("I"):  # 16-bit grey, which convert would cut off at 255
            image = Image.fromarray((numpy.asarray(image) // 256).clip(0, 255).astype(numpy.uint8))
        if image.mode == "P":  # a palette may have transparent colours, which convert would warn of
            image = image.convert("RGBA")
        image = image.convert(mode)
        box = middle(*image.size, width, height)
        pixels = numpy.array(image.resize((width, height), Image.Resampling.BILINEAR, box=box))
    return torch.from_numpy(pixels).reshape(height, width, channels).permute(2, 0, 1).contiguous()


def middle(whole_width: int, whole_height: int, width: int, height: int) -> tuple[float, float, float, float]:
    """Return (left, top, right, bottom) of the largest part in the middle whose sides are as width to height."""
    wide, high = float(whole_width), float(whole_height)
    if whole_width * height > whole_height * width:
        wide = whole_height * width / height
    else:
        high = whole_width * height / width
    left, top = (whole_width - wide) / 2, (whole_height - high) / 2
    return left, top, left + wide, top + high


class Pictures:
    """Pictures decoded when they are asked for, by loader workers.

    Args:
        root: The folder that the paths are relative to.
        paths: Of the pictures.
        shape: See ``decode``.
    """

    def __init__(self, root: Path, paths: Sequence[str], shape: Shape) -> None:
        self.root, self.paths, self.shape = root, paths, shape

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Tensor:
        path = self.root / self.paths[index]
        try:
            return decode(path, self.shape)
        except Exception as error:  # see ``visit``
            way_out = "dataset.on_error=skip looks at all of them before the training, and leaves such ones out"
            raise ValueError(f"{path} cannot be decoded: {why(error)}; {way_out}") from error


Broken = dict[int, str]
"""Files that cannot be decoded, by their position: the path, and why."""


def decode_all(pictures: Pictures, threads: int, broken: Broken | None = None) -> tuple[Tensor, list[str]]:
    """Return all pictures, uint8 [n, channels, height, width], and the sha256 of each file.

    Args:
        pictures: The files, and the shape.
        threads: That decode.
        broken: Takes those that cannot be decoded, which come out as anything.

    Raises:
        ValueError: Files cannot be decoded, and there is no ``broken``; the message names the first few and says how
            many there are.
    """
    pixels = torch.empty(len(pictures), *pictures.shape, dtype=torch.uint8)

    def keep(position: int, content: bytes) -> None:
        pixels[position] = decode(io.BytesIO(content), pictures.shape)

    return pixels, visit(pictures, keep, threads, broken)


def try_all(pictures: Pictures, threads: int, broken: Broken) -> list[str]:
    """Decode all pictures without keeping them, and return the sha256 of each file; see ``decode_all``."""
    return visit(pictures, lambda _, content: decode(io.BytesIO(content), pictures.shape), threads, broken)


def verify_all(pictures: Pictures, threads: int) -> list[str]:
    """Return the sha256 of each file; of its content only what Pillow can tell without decoding is looked at.

    Raises:
        ValueError: See ``decode_all``.
    """
    from PIL import Image

    def look(_: int, content: bytes) -> None:
        Image.open(io.BytesIO(content), formats=FORMATS).verify()

    return visit(pictures, look, threads)


def visit(
    pictures: Pictures, work: Callable[[int, bytes], object], threads: int, broken: Broken | None = None
) -> list[str]:
    """Do something with the position and the bytes of each file, and return the sha256 of each.

    Pillow and hashlib let go of Python's lock, so that threads do run side by side.

    Raises:
        ValueError: It failed for some, and there is no ``broken`` to take them; the message names the first few and
            says how many there are.
    """

    def one(position: int) -> tuple[str, str]:
        try:
            content = (pictures.root / pictures.paths[position]).read_bytes()
            work(position, content)
        except Exception as error:  # Pillow raises anything for a damaged file, from OSError to SyntaxError
            return "", f"{pictures.paths[position]} ({why(error)})"
        return hashlib.sha256(content).hexdigest(), ""

    done: list[tuple[str, str]] = []
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        for start in range(0, len(pictures), BLOCK):
            done += pool.map(one, range(start, min(start + BLOCK, len(pictures))))
    found = {position: what for position, (_, what) in enumerate(done) if what}
    if broken is not None:
        broken.update(found)
    elif found:
        named = list(found.values())
        rest = f" and {len(named) - 3} more" if len(named) > 3 else ""
        raise ValueError(
            f"{len(named)} of {len(done)} files in {pictures.root} cannot be decoded: {', '.join(named[:3])}{rest}; "
            "correct or remove them, or leave them out with dataset.on_error=skip"
        )
    return [digest for digest, _ in done]


def why(error: Exception) -> str:
    """Return why a picture cannot be decoded, in a few words."""
    return "no picture" if type(error).__name__ == "UnidentifiedImageError" else str(error)
