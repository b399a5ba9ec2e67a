"""``python -m benchmarks.inputs [--rounds N] [--images N]``: our augmented batches beside torchvision's.

Both crop at a random place, mirror half of the images and normalise. Ours does it to whole batches in memory with
draws for every sample; torchvision's transforms v2 do it sample by sample in a DataLoader, as its tutorials show. They
take turns in one process, and what is compared is always an epoch with the one of ours beside it.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported

import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from statistics import median

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from benchmarks.lockstep import quartiles
from benchmarks.report import Table, machine
from runner.dataset.augment import Augment
from runner.dataset.batch import Batches
from runner.dataset.data import Split, statistics

BATCH = 128
EPOCHS = 8
"""Of ours in a turn: one is too short to be timed beside others."""
Epoch = Callable[[int], Iterable[object]]


@dataclass(frozen=True)
class Images:
    """Random images of one shape.

    Attributes:
        channels, side: Of one image.
        crop: Pixels of padding on each side.
        count: How many.
    """

    channels: int
    side: int
    crop: int
    count: int

    def make(self) -> Split:
        """Return them with labels."""
        generator = torch.Generator().manual_seed(0)
        shape = (self.count, self.channels, self.side, self.side)
        images = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
        return Split(images, torch.arange(self.count) % 10)


class Samples(Dataset[tuple[Tensor, int]]):
    """Images one by one, as tensors or as torchvision's datasets hand them out: as pictures."""

    def __init__(self, split: Split, crop: int, pictures: bool) -> None:
        assert isinstance(split.inputs, Tensor)
        self.images, self.targets, self.pictures = split.inputs, split.targets.tolist(), pictures
        mean, std = (value.flatten().div(255).tolist() for value in statistics(split.inputs))
        self.transform = v2.Compose(
            [
                *([v2.ToImage()] if pictures else []),
                v2.RandomCrop(split.inputs.shape[-1], padding=crop),
                v2.RandomHorizontalFlip(),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize(mean, std),
            ]
        )
        self.stored = [v2.functional.to_pil_image(image) for image in self.images] if pictures else self.images

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(self.stored[index]), self.targets[index]


def ours(split: Split, crop: int) -> Epoch:
    """Return our epochs of batches."""
    assert isinstance(split.inputs, Tensor)
    mean, std = statistics(split.inputs)
    augment = Augment(crop=crop, flip=0.5)
    return Batches(split, BATCH, mean=mean, std=std, device=torch.device("cpu"), shuffle=True, augment=augment)


def theirs(split: Split, crop: int) -> dict[str, Epoch]:
    """Return torchvision's epochs of batches, by what they are made of and how many workers make them."""

    def epochs(pictures: bool, workers: int) -> Epoch:
        samples = Samples(split, crop, pictures)
        loader = DataLoader(samples, BATCH, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
        return lambda epoch: loader

    return {
        f"torchvision v2, {name}, {workers} workers": epochs(pictures, workers)
        for name, pictures in (("tensors", False), ("pictures", True))
        for workers in (0, 2)
    }


def seconds(epoch: Epoch, epochs: int = 1) -> float:
    """Return the time of an epoch."""
    begun = time.perf_counter()
    for number in range(epochs):
        for _ in epoch(number):
            pass
    return (time.perf_counter() - begun) / epochs


def compare(images: Images, rounds: int) -> Table:
    """Time all of them in turns."""
    table = Table(
        f"Augmented batches of images, {images.side}x{images.side}x{images.channels}",
        f"Crop {images.crop}, mirror, normalise; batches of {BATCH}, {images.count:,} images; {rounds} rounds, "
        "median (quartiles).",
        ["who", "images/s", "ours is faster, times"],
    )
    split = images.make()
    mine, peers = ours(split, images.crop), theirs(split, images.crop)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in peers}
    for number in range(rounds + 1):
        for name, peer in peers.items():
            pair = seconds(mine, EPOCHS), seconds(peer)
            if number:  # the first round starts workers
                times[name].append(pair)
    table.add("ours", f"{images.count / median(pair[0] for pairs in times.values() for pair in pairs):,.0f}")
    for name, pairs in times.items():
        ratio = "{:.1f} ({:.1f}..{:.1f})".format(*quartiles([other / own for own, other in pairs]))
        table.add(name, f"{images.count / median(other for _, other in pairs):,.0f}", ratio)
    return table


def tables(rounds: int = 5, count: int = 10_000) -> Iterator[Table]:
    """Yield the measurements."""
    yield compare(Images(channels=1, side=28, crop=2, count=count), rounds)
    yield compare(Images(channels=3, side=32, crop=4, count=count), rounds)


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(
        prog="python -m benchmarks.inputs", description="Our augmented batches beside torchvision's."
    )
    parser.add_argument("--rounds", type=int, default=5, help="repetitions; 5 unless told")
    parser.add_argument("--images", type=int, default=10_000, help="in an epoch; 10,000 unless told")
    given = parser.parse_args()
    torch.set_num_threads(1)
    print("\n".join(machine()), end="\n\n", flush=True)
    for table in tables(given.rounds, given.images):
        print(table.text(), flush=True)


if __name__ == "__main__":
    main()
