"""From a file to pixels: decoded, turned upright, scaled and cropped to a square; many files by threads."""

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


def decode(file: IO[bytes] | Path, size: int, colour: str) -> Tensor:
    """Return a picture, uint8 [3 or 1, size, size].

    The shorter side is scaled to ``size``, antialiased, and the middle square of the longer one is kept. A camera's
    note of how it was held (EXIF) is followed. Of an animation the first frame counts; transparency is ignored;
    16 bits a colour become 8.

    Args:
        file: In a format that Pillow reads.
        size: Of the square, in pixels.
        colour: ``rgb`` or ``grey``.
    """
    from PIL import Image, ImageOps

    mode = "RGB" if colour == "rgb" else "L"
    with Image.open(file) as opened:
        opened.draft(
            mode, (2 * size, 2 * size)
        )  # a JPEG is decoded no larger than twice the size: several times faster
        image = ImageOps.exif_transpose(opened)
        if image.mode.startswith("I"):  # 16-bit grey, which convert would cut off at 255
            image = Image.fromarray((numpy.asarray(image) // 256).clip(0, 255).astype(numpy.uint8))
        if image.mode == "P":  # a palette may have transparent colours, which convert would warn of
            image = image.convert("RGBA")
        image = image.convert(mode)
        short, (width, height) = min(image.size), image.size
        left, top = (width - short) / 2, (height - short) / 2
        square = (left, top, left + short, top + short)
        pixels = numpy.array(image.resize((size, size), Image.Resampling.BILINEAR, box=square))
    return torch.from_numpy(pixels).reshape(size, size, -1).permute(2, 0, 1).contiguous()


class Pictures:
    """Pictures decoded when they are asked for, by loader workers.

    Args:
        root: The folder that the paths are relative to.
        paths: Of the pictures.
        size: See ``decode``.
        colour: See ``decode``.
    """

    def __init__(self, root: Path, paths: Sequence[str], size: int, colour: str) -> None:
        self.root, self.paths, self.size, self.colour = root, paths, size, colour

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Tensor:
        path = self.root / self.paths[index]
        try:
            return decode(path, self.size, self.colour)
        except Exception as error:  # see ``visit``
            raise ValueError(f"{path} cannot be decoded: {error}") from error


def decode_all(pictures: Pictures, threads: int) -> tuple[Tensor, list[str]]:
    """Return all pictures, uint8 [n, channels, size, size], and the sha256 of each file.

    Raises:
        ValueError: Files cannot be decoded; the message names the first few and says how many there are.
    """
    channels = 3 if pictures.colour == "rgb" else 1
    pixels = torch.empty(len(pictures), channels, pictures.size, pictures.size, dtype=torch.uint8)

    def keep(position: int, content: bytes) -> None:
        pixels[position] = decode(io.BytesIO(content), pictures.size, pictures.colour)

    return pixels, visit(pictures, keep, threads)


def verify_all(pictures: Pictures, threads: int) -> list[str]:
    """Return the sha256 of each file; of its content only what Pillow can tell without decoding is looked at.

    Raises:
        ValueError: See ``decode_all``.
    """
    from PIL import Image

    def look(_: int, content: bytes) -> None:
        Image.open(io.BytesIO(content)).verify()

    return visit(pictures, look, threads)


def visit(pictures: Pictures, work: Callable[[int, bytes], None], threads: int) -> list[str]:
    """Do something with the position and the bytes of each file, and return the sha256 of each.

    Pillow and hashlib let go of Python's lock, so that threads do run side by side.

    Raises:
        ValueError: It failed for some; the message names the first few and says how many there are.
    """

    def one(position: int) -> tuple[str, str]:
        try:
            content = (pictures.root / pictures.paths[position]).read_bytes()
            work(position, content)
        except Exception as error:  # Pillow raises anything for a damaged file, from OSError to SyntaxError
            reason = "no picture" if type(error).__name__ == "UnidentifiedImageError" else str(error)
            return "", f"{pictures.paths[position]} ({reason})"
        return hashlib.sha256(content).hexdigest(), ""

    done: list[tuple[str, str]] = []
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        for start in range(0, len(pictures), BLOCK):
            done += pool.map(one, range(start, min(start + BLOCK, len(pictures))))
    broken = [what for _, what in done if what]
    if broken:
        rest = f" and {len(broken) - 3} more" if len(broken) > 3 else ""
        raise ValueError(
            f"{len(broken)} of {len(done)} files in {pictures.root} cannot be decoded: {', '.join(broken[:3])}{rest}"
        )
    return [digest for digest, _ in done]
