"""A contact sheet: samples, and what augmentation makes of them in the first epochs of a training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor

from runner.figure.canvas import INK, paper, save

if TYPE_CHECKING:
    from runner.dataset.batch import Batches

CELL = 0.95
"""Inches from one picture to the next."""


@dataclass(frozen=True)
class Cell:
    """One picture: stored inputs [channels, height, width], and a few words under it."""

    image: Tensor
    caption: str = ""


Line = tuple[str, list[Cell | None]]
"""What stands at the left of a row, and its pictures; None where there is none."""


def spread(targets: Tensor, classes: int, rows: int) -> list[int]:
    """Return positions of samples, as many different classes among them as can be, in the order of the labels.

    Args:
        targets: Labels, int64 [n], or numbers [n].
        classes: Number of classes; 0 where targets are numbers: then the first samples are taken.
        rows: Samples wanted.
    """
    if not classes:
        return list(range(min(rows, len(targets))))
    members = [(targets == label).nonzero().flatten().tolist() for label in range(classes)]
    deep = max(map(len, members), default=0)
    rounds = [group[turn] for turn in range(min(rows, deep)) for group in members if turn < len(group)]
    return sorted(rounds[:rows], key=lambda position: int(targets[position]))


def draws(batches: Batches, positions: Sequence[int], epochs: int) -> list[list[tuple[Tensor, Tensor] | None]]:
    """Return what a training is given of some samples in its first epochs: for each sample (input, target) by epoch.

    Args:
        batches: Of the training part, as a run draws from it.
        positions: Of the samples in the training part.
        epochs: How many epochs to look at. Where an epoch leaves a sample out there is None.
    """
    found: list[list[tuple[Tensor, Tensor] | None]] = [[] for _ in positions]
    for epoch in range(epochs):
        order = batches.order(epoch)
        for row, position in zip(found, positions, strict=True):
            places = (order == position).nonzero().flatten().tolist()
            if not places:
                row.append(None)
                continue
            batch, place = divmod(places[0], batches.size)
            inputs, targets = next(iter(batches(epoch, batch)))
            row.append((inputs[place], targets[place]))
    return found


def label(target: Tensor, classes: Sequence[str]) -> str:
    """Return a target in words: a class, shares of blended classes, or a number."""
    if target.dim():
        shares, order = target.sort(descending=True, stable=True)
        pairs = zip(shares.tolist(), order.tolist(), strict=True)
        return "\n".join(f"{share:.0%} {classes[index]}" for share, index in pairs if share >= 0.005)
    return classes[int(target)] if classes else f"{float(target):.4g}"


def draw_sheet(path: Path, lines: Sequence[Line], *, columns: Sequence[str], title: str) -> None:
    """Write the picture of a contact sheet.

    Args:
        path: Of the PNG.
        lines: Rows of pictures, all of one size.
        columns: What stands above each column.
        title: Above all.
    """
    images = [cell.image for _, cells in lines for cell in cells if cell is not None]
    top = max(map(full_scale, images))
    height, width = images[0].shape[-2:]
    tall = max(
        (cell.caption.count("\n") + 1 for _, cells in lines for cell in cells if cell and cell.caption), default=0
    )
    down, right = height * (1.06 + 0.13 * tall), width * 1.06
    figure = paper(CELL * len(columns) + 1.1, CELL * down / right * width / height * len(lines) * height / width + 0.7)
    axes = figure.add_subplot()
    for row, (name, cells) in enumerate(lines):
        axes.text(-0.08 * width, row * down + height / 2, name, ha="right", va="center", fontsize=8, color=INK)
        for column, cell in enumerate(cells):
            if cell is None:
                continue
            left, upper = column * right, row * down
            extent = (left, left + width, upper + height, upper)
            axes.imshow(pixels(cell.image, top).numpy(), extent=extent, interpolation="nearest", aspect="equal")
            axes.text(left, upper + height * 1.02, cell.caption, va="top", fontsize=6, color=INK)
    for column, name in enumerate(columns):
        axes.text((column + 0.47) * right, -0.08 * height, name, ha="center", fontsize=8, color=INK)
    axes.set(xlim=(0, right * len(columns)), ylim=(down * len(lines), 0))
    axes.set_axis_off()
    figure.suptitle(title, fontsize=10)
    save(figure, path)


def full_scale(inputs: Tensor) -> float:
    """Return the value of white in stored images: 255 for bytes, 1 for shares, or less where less was used."""
    highest = float(inputs.max())
    return 255.0 if highest > 127 else highest or 1.0


def pixels(image: Tensor, top: float) -> Tensor:
    """Return an image [channels, height, width] as colours in [0, 1], float32 [height, width, 3]."""
    colours = image[:3] if len(image) >= 3 else image[:1].expand(3, -1, -1)
    return (colours.float() / top).clamp(0, 1).permute(1, 2, 0)
