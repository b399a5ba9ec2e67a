"""Text to classify: a folder for each class, with text files in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol

import numpy
import torch
from torch import Tensor

from runner.dataset.data import Data, Named, Splits
from runner.dataset.files import files, some
from runner.dataset.language.corpus import Stamp, decoded, inside, stamped
from runner.dataset.language.vocabulary import UNKNOWN, characters, encode, points
from runner.dataset.parts import stored, three_way
from runner.types import Count, Folder, Fraction, Whole

Unit = Literal["file", "line", "paragraph"]
PADDING = ""


class RowTypist(Protocol):
    """Makes typing mistakes in texts of one length: a pure function of the texts and of uniform numbers [n, k]."""

    def rows(self, ids: Tensor, tokens: tuple[str, ...], uniform: Tensor) -> Tensor: ...


def text_folder(
    path: Folder,
    unit: Literal["file", "line", "paragraph"] = "file",
    length: Count = 256,
    lower: bool = False,
    min_frequency: Count = 1,
    valid: Fraction = 0.15,
    test: Fraction = 0.2,
    split_seed: Whole = 0,
    typos: RowTypist | None = None,
    sampling: Literal["balanced"] | None = None,
) -> Data:
    """Return texts as rows of characters, int64 [n, length]: cut off behind ``length``, filled up with padding.

    Args:
        path: The folder: ``path/<class>/**/*.txt``.
        unit: What one sample is: a file, a line, or a paragraph (empty lines are between them).
        length: Characters of a sample that are kept, from its beginning.
        lower: Turn capitals into small letters.
        min_frequency: Characters that occur less often in the training part become the unknown token.
        valid: Share of what is not test that is held out for validation.
        test: Share of all samples that is the test set.
        split_seed: Decides which samples; separate from the training seed.
        typos: Makes typing mistakes in the training texts, other ones in each epoch.
        sampling: "balanced" draws each class equally often in training.

    Raises:
        ValueError: There are fewer than two classes, or a file is not UTF-8.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise ValueError(f"dataset.path={path}: no such folder")
    there = {p.name: stamped(inside(p, "*.txt")) for p in sorted(folder.iterdir()) if p.is_dir()}
    groups = {name: samples(found, unit) for name, found in there.items() if found and not name.startswith(".")}
    if len(groups) < 2:
        found = f"only {next(iter(groups))}" if groups else "none"
        raise ValueError(f"dataset.path={path}: needs folders of at least two classes with .txt files, found {found}")
    for name, group in groups.items():
        if not group:
            raise ValueError(f"dataset.path={path}: the texts of class {name} are empty")
    strings = [string for group in groups.values() for string in beginnings(group, length, lower)]
    labels = torch.arange(len(groups)).repeat_interleave(torch.tensor(list(map(len, groups.values()))))
    parts = three_way(labels, valid, test, split_seed)
    training = points("".join(strings[i] for i in parts[0].tolist()))
    tokens = (PADDING, UNKNOWN, *characters(training, min_frequency))

    def load() -> Splits:
        rows = padded(strings, tokens, length)
        train, held, tested = ((rows[index], labels[index]) for index in parts)
        meaning = torch.from_numpy(points("".join(tokens)).astype(numpy.int64))
        return stored(train, held, tested, path, [meaning])

    def encode(words: Sequence[str]) -> Named:
        names, found = named(words, unit)
        return names, padded(beginnings(found, length, lower), tokens, length)

    augment = Mistyped(typos, tokens) if typos else None
    return Data(
        "text_folder",
        (length,),
        tuple(groups),
        load,
        augment,
        tokens=tokens,
        sampling=sampling,
        encode=encode,
        preparation=f"the first {length} characters (Unicode code points) of a {unit}"
        f"{'' if unit == 'file' else ' without the blanks around it'}"
        f"{', capitals made small' if lower else ''}: each is the number of its token, from 0 (others: 1); behind them "
        f"0 up to the length",
    )


class Mistyped:
    """An augmentation of texts: what a typist makes of them, decided by two numbers for each text.

    Args:
        typos: The typist.
        tokens: What the numbers of a text stand for.
    """

    draws = 2
    mixes = False

    def __init__(self, typos: RowTypist, tokens: tuple[str, ...]) -> None:
        self.typos, self.tokens = typos, tokens

    def __call__(self, inputs: Tensor, targets: Tensor, uniform: Tensor, epoch: int, /) -> tuple[Tensor, Tensor]:
        """Return the texts with mistakes, int64 [n, length], and the targets as they are."""
        return self.typos.rows(inputs, self.tokens, uniform), targets


@lru_cache(maxsize=64)
def samples(files: tuple[Stamp, ...], unit: Unit) -> tuple[str, ...]:
    """Return the samples of a class, in the order of the files' names; those without a visible character are none."""
    found: list[str] = []
    for name, _, _ in files:
        content = decoded(Path(name).read_bytes(), name)
        if unit == "line":
            found += content.splitlines()
        elif unit == "paragraph":
            found += re.split(r"\n[^\S\n]*\n\s*", content.replace("\r\n", "\n"))
        else:
            found.append(content)
    return tuple(string.strip() for string in found if string.strip())


def beginnings(strings: Sequence[str], length: int, lower: bool) -> list[str]:
    """Return the first characters of texts, in small letters if asked for."""
    cut = [string[:length] for string in strings]
    return [string.lower()[:length] for string in cut] if lower else cut


def named(words: Sequence[str], unit: Unit) -> tuple[list[dict[str, object]], list[str]]:
    """Return the samples in a user's files and folders, and for each what names it.

    Raises:
        ValueError: A file is missing, empty or no UTF-8.
    """
    names: list[dict[str, object]] = []
    strings: list[str] = []
    empty: list[str] = []
    for path in files(words, (".txt",)):
        found = samples(stamped([path]), unit)
        strings += found
        empty += [] if found else [str(path)]
        names += [{"file": str(path)} | ({} if unit == "file" else {unit: i + 1}) for i in range(len(found))]
    if empty:
        raise ValueError(f"no text in {some(empty)}")
    return names, strings


def padded(strings: list[str], tokens: tuple[str, ...], length: int) -> Tensor:
    """Return the tokens of texts, int64 [n, length]; token 0, the padding, follows those that are shorter."""
    rows = torch.zeros(len(strings), length, dtype=torch.int64)
    ids = encode(points("".join(strings)), tokens).long()
    for row, piece in zip(rows, ids.split(list(map(len, strings))), strict=True):
        row[: len(piece)] = piece
    return rows
