"""Your own pictures: a folder for each class, pictures of any size in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from runner.dataset.batch import derive
from runner.dataset.data import Augmentation, Data, Split, Splits, fingerprint, statistics
from runner.dataset.image.listing import Listing, list_folder
from runner.dataset.image.picture import Broken, Pictures, decode_all, try_all, verify_all
from runner.dataset.image.stated import of_images
from runner.dataset.split import stratified
from runner.types import Count, Folder, Fraction, Whole

SAMPLE = 2000
"""Training pictures that mean and standard deviation are taken of."""


def image_folder(
    folder: Folder,
    size: Count = 64,
    colour: Literal["rgb", "grey"] = "rgb",
    valid: Fraction = 0.15,
    test: Fraction = 0.15,
    split_seed: Whole = 0,
    in_memory: bool | None = None,
    workers: Whole = 4,
    sampling: Literal["balanced"] | None = None,
    augment: Augmentation | None = None,
    on_error: Literal["stop", "skip"] = "stop",
) -> Data:
    """Return the pictures of a folder: inputs uint8 [n, 3 or 1, size, size], a class for each folder in it.

    Whether they are kept in memory changes nothing else: the same samples, statistics (of 2,000 training pictures)
    and fingerprint (of the files' names and bytes, size and colour). Every file is read once at the start.

    Args:
        folder: Holds ``CLASS/*.png`` (also jpg, jpeg, bmp, webp, gif; at any depth), or ``train/CLASS/*.png`` and as
            much of ``valid/`` and ``test/`` as is ready-made.
        size: The shorter side is scaled to this many pixels, and the middle square is kept.
        colour: What the pictures are converted to.
        valid: Share of what is not test that is held out for validation, unless there is a folder ``valid``.
        test: Share of all pictures that is the test set, unless there is a folder ``test``.
        split_seed: Decides which pictures; separate from the training seed.
        in_memory: true decodes all pictures before training, false each one when it is needed; null: in memory if
            they take less than a quarter of what is free.
        workers: Threads that decode into memory, or else loader processes.
        sampling: ``balanced`` draws each class equally often in training.
        augment: Random changes of the training pictures.
        on_error: What is done about a picture that cannot be decoded. "stop": it is named, and nothing is trained, or
            a training ends: not all damage shows in a look at each file, which is all that there is without
            ``in_memory``. "skip": it is left out and counted, in the record of the run and its summary; all pictures
            are decoded at the start, to know which ones; the others are in the same parts as with it.

    Raises:
        ValueError: The folder is not like that.
    """
    listing = list_folder(folder)
    shape = (3 if colour == "rgb" else 1, size, size)

    def load() -> Splits:
        parts = assign(listing, valid, test, split_seed)
        everything = [file for part in parts for file in part]
        targets = [torch.tensor([label for _, label in part], dtype=torch.int64) for part in parts]
        pictures = Pictures(listing.root, [path for path, _ in everything], shape)
        broken: Broken | None = {} if on_error == "skip" else None
        inputs: Sequence[Tensor | Pictures]
        pixels = torch.empty(0)
        keep = fits(len(pictures) * math.prod(shape)) if in_memory is None else in_memory
        if keep:
            pixels, digests = decode_all(pictures, workers, broken)
        else:
            digests = verify_all(pictures, workers) if broken is None else try_all(pictures, workers, broken)
        if broken:
            parts, left = without(parts, broken)
            targets = [torch.tensor([label for _, label in part], dtype=torch.int64) for part in parts]
            pictures = Pictures(listing.root, [everything[position][0] for position in left], shape)
            digests = [digests[position] for position in left]
            pixels = pixels[left] if keep else pixels
        if keep:
            inputs = pixels.split([len(part) for part in parts])
        else:
            inputs = [Pictures(listing.root, [path for path, _ in part], shape) for part in parts]
        mean, std = statistics(sample(inputs[0], split_seed, workers))
        train, held_out, rest = (Split(rows, labels) for rows, labels in zip(inputs, targets, strict=True))
        return Splits(
            train=train,
            valid=held_out,
            test=rest,
            mean=mean,
            std=std,
            fingerprint=identity(pictures, digests, targets),
            source=f"{listing.root}; {len(broken)} files cannot be decoded, left out" if broken else str(listing.root),
            skipped=tuple((broken or {}).values()),
        )

    name = listing.root.resolve().name
    return of_images(name, shape, listing.classes, load, augment, workers=workers, sampling=sampling)


Files = list[tuple[str, int]]


def assign(listing: Listing, valid: float, test: float, seed: int) -> tuple[Files, Files, Files]:
    """Return the files of the training, validation and test part: ready-made, or held out of the training part."""
    train = listing.files["train"]
    held = {}
    for part, share in (("test", test), ("valid", valid)):
        if part in listing.files:
            held[part] = listing.files[part]
        else:
            kept, out = stratified(torch.tensor([label for _, label in train], dtype=torch.int64), share, seed)
            held[part] = [train[position] for position in out.tolist()]
            train = [train[position] for position in kept.tolist()]
    return train, held["valid"], held["test"]


def without(parts: tuple[Files, Files, Files], broken: Broken) -> tuple[tuple[Files, Files, Files], list[int]]:
    """Return the parts without those files, and the places that those left had in all parts together.

    Raises:
        ValueError: No training picture is left.
    """
    left: list[int] = []
    kept: list[Files] = []
    for part in parts:
        start = sum(map(len, parts[: len(kept)]))
        good = [position for position in range(start, start + len(part)) if position not in broken]
        kept.append([part[position - start] for position in good])
        left += good
    if not kept[0]:
        raise ValueError(f"no training picture can be decoded: {next(iter(broken.values()))} is the first of them")
    return (kept[0], kept[1], kept[2]), left


def fits(size: int) -> bool:
    """Tell whether so many bytes are less than a quarter of the memory that is free."""
    import psutil

    return size < int(psutil.virtual_memory().available) // 4


def sample(inputs: Tensor | Pictures, seed: int, threads: int) -> Tensor:
    """Return what statistics are taken of: all inputs, or ``SAMPLE`` of them."""
    generator = torch.Generator().manual_seed(derive(seed, "statistics"))
    chosen = torch.randperm(len(inputs), generator=generator)[:SAMPLE].sort().values
    if isinstance(inputs, Tensor):
        return inputs[chosen]
    some = [inputs.paths[position] for position in chosen.tolist()]
    return decode_all(Pictures(inputs.root, some, inputs.shape), threads)[0]


def identity(pictures: Pictures, digests: list[str], targets: list[Tensor]) -> str:
    """Return the fingerprint: of each file's path and sha256, of how it is decoded, of labels and parts."""
    channels, size, _ = pictures.shape
    lines = [f"{size} {'rgb' if channels == 3 else 'grey'}"]
    lines += [f"{path} {digest}" for path, digest in zip(pictures.paths, digests, strict=True)]
    text = bytearray("\n".join(lines).encode(errors="surrogateescape"))
    return fingerprint([torch.frombuffer(text, dtype=torch.uint8), *targets])
