"""Text for language models: characters or bytes of any file, split by position into training, validation and test."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Literal

import numpy
import torch
from torch import Tensor

from runner.dataset.data import Data, Split, Splits
from runner.dataset.language.corpus import read_bytes, read_text
from runner.dataset.language.stream import Streams, Typist, check_windows
from runner.dataset.language.vocabulary import UNKNOWN, Points, characters, encode, points
from runner.types import Count, Files, Fraction, Whole

BYTES = tuple(map(chr, range(256)))


def text(
    path: Files | None = None,
    level: Literal["character", "byte"] = "character",
    lower: bool = False,
    min_frequency: Count = 1,
    valid: Fraction = 0.1,
    test: Fraction = 0.1,
    bptt: Count = 64,
    jitter: Whole = 0,
    typos: Typist | None = None,
) -> Data:
    """Return a text as a stream of tokens, each to be predicted from those before it.

    The text is cut twice, in its own order: training first, then validation, then test. A random split would put the
    neighbours of test characters into the training part.

    Args:
        path: A UTF-8 file, a folder (all its files, hidden ones left out, in the order of their names), or a pattern
            such as ``books/**/*.txt``. null: the chapters of Python's manual, ``pydoc_data.topics``.
        level: What a token is. The characters are those of the training part, all others share one unknown token;
            the bytes are the 256 there are, and any file will do.
        lower: Turn capitals into small letters (of bytes: those of ASCII).
        min_frequency: Characters that occur less often in the training part become the unknown token.
        valid: Share of what is not test that is held out for validation.
        test: Share of the text, its end, that is the test part.
        bptt: Tokens in a window: how far gradients reach back in time (truncated backpropagation through time).
        jitter: Each epoch moves the borders between training windows by up to so many tokens; see ``Streams``.
        typos: Makes typing mistakes in the training text, other ones in each epoch.

    Raises:
        ValueError: The file is missing or not UTF-8, the training part is too short, or ``jitter`` is too wide.
    """
    check_windows(bptt, jitter)
    if level == "byte" and min_frequency > 1:
        raise ValueError(f"dataset.min_frequency={min_frequency} counts characters: level=byte keeps all 256 bytes")
    numbers, source = read_numbers(path, level, lower)
    sizes = cuts(len(numbers), valid, test)
    if sizes[0] < 2:
        raise ValueError(f"dataset.path={path}: {len(numbers)} {level}s leave {sizes[0]} to train on, need at least 2")
    tokens = BYTES if level == "byte" else (UNKNOWN, *characters(numbers[: sizes[0]], min_frequency))

    if len(tokens) < 2:
        raise ValueError(f"dataset.min_frequency={min_frequency}: no character occurs that often, give a lower one")

    def load() -> Splits:
        ids = torch.from_numpy(numbers.copy()) if level == "byte" else encode(numbers, tokens)
        train, held, tested = (Split(part, part) for part in ids.split(sizes))
        return Splits(train, held, tested, mean=None, std=None, fingerprint=digest(ids, tokens, sizes), source=source)

    batches = partial(Streams, bptt=bptt, jitter=jitter, typos=typos, tokens=tokens)
    return Data(
        "text",
        (bptt + 2 * jitter,),  # the longest window
        tokens,
        load,
        task="language_modeling",
        tokens=tokens,
        next_token=True,
        batches=batches,
        preparation=f"each {'byte' if level == 'byte' else 'character (Unicode code point)'} of the text"
        f"{', capitals made small,' if lower else ''} is the number of its token, from 0"
        f"{'' if level == 'byte' else ' (others: 0)'}; a text of another length is cut in windows",
    )


def read_numbers(path: str | None, level: str, lower: bool) -> tuple[Points, str]:
    """Return the characters or bytes of a text as numbers, [n], and where it came from."""
    if level == "byte":
        content, source = read_bytes(path)
        return numpy.frombuffer(content.lower() if lower else content, dtype=numpy.uint8), source
    string, source = read_text(path)
    return points(string.lower() if lower else string), source


def cuts(length: int, valid: float, test: float) -> tuple[int, int, int]:
    """Return how many tokens the training, validation and test part have; together they are ``length``."""
    last = round(test * length)
    middle = round(valid * (length - last))
    return length - last - middle, middle, last


def digest(ids: Tensor, tokens: tuple[str, ...], sizes: tuple[int, ...]) -> str:
    """Return the sha256 of a text, of what its numbers stand for, and of where it is cut."""
    found = hashlib.sha256(repr((tokens, sizes)).encode())
    found.update(ids.numpy().data)
    return found.hexdigest()
