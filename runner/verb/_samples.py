"""The samples that ``runner show dataset=...`` shows: a contact sheet, or lines of text; not a verb."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.figure.fold import columns
from runner.folder import OUTPUTS

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from runner.dataset.batch import Batches
    from runner.dataset.data import Data, Splits

ROWS, EPOCHS = 8, 7
"""Samples that are shown, and epochs of each."""


def samples(cfg: DictConfig, out: Path | None) -> tuple[dict[str, Any], list[str]]:
    """Draw a contact sheet of augmented training samples; what is no image is written out."""
    from runner.batchsize import settle_batch_size
    from runner.figure.canvas import file_name
    from runner.make import make

    settle_batch_size(cfg)
    data: Data = make(cfg.dataset)
    splits = data.load()
    if not len(splits.train):
        raise ValueError(f"dataset {data.name} has no training samples")
    unit = "tokens" if data.next_token else "samples"
    counts = " / ".join(f"{len(getattr(splits, part)):,} {part}" for part in ("train", "valid", "test"))
    kind = f"{len(data.tokens)} tokens" if data.next_token else f"{len(data.classes)} classes"
    kind = kind if data.classes else "numbers to predict"
    head = f" dataset  {data.name} · {counts} {unit} · {'x'.join(map(str, data.shape))} · {kind}"
    facts = {"name": data.name, "source": splits.source, "shape": list(data.shape), "classes": list(data.classes)}
    if data.tokens or splits.train.inputs[0].dim() != 3:
        text = _windows(cfg, data, splits) if data.next_token else _rows(cfg, data, splits)
        return {**facts, "picture": None, "text": text}, [head, *text]
    path = out or OUTPUTS / "show" / f"{file_name(data.name)}.png"
    augmented = _contact_sheet(cfg, data, splits, path)
    note = "each column is an epoch of training" if augmented else "no augmentation: samples of each class"
    return {**facts, "picture": str(path), "augmented": augmented}, [head, f" picture  {path} · {note}"]


def _contact_sheet(cfg: DictConfig, data: Data, splits: Splits, path: Path) -> bool:
    """Draw what training is given, from the batches that it would draw; tell whether anything is augmented."""
    from runner.figure.sheet import Cell, Line, draw_sheet, draws, label, spread

    inputs, targets, names = splits.train.inputs, splits.train.targets, data.classes
    if not data.augment:
        chosen = spread(targets, len(names), ROWS * ROWS)
        cells = [Cell(inputs[one], label(targets[one], names)) for one in chosen]
        lines: list[Line] = [("", [*cells[start : start + ROWS]]) for start in range(0, len(cells), ROWS)]
        draw_sheet(path, lines, columns=[""] * min(ROWS, len(cells)), title=f"{data.name}: training samples")
        return False
    chosen, lines = spread(targets, len(names), ROWS), []
    for position, given in zip(chosen, draws(_batches(cfg, data, splits), chosen, EPOCHS), strict=True):
        augmented = [one and Cell(one[0], label(one[1], names) if one[1].dim() else "") for one in given]
        lines.append((label(targets[position], names), [Cell(inputs[position]), *augmented]))
    title = f"{data.name}: training samples, and what augmentation makes of them (seed {cfg.seed})"
    draw_sheet(path, lines, columns=["stored", *[f"epoch {n + 1}" for n in range(EPOCHS)]], title=title)
    return True


def _batches(cfg: DictConfig, data: Data, splits: Splits) -> Batches:
    """Return the training batches of a run, but not normalised, and of all samples.

    They are as large as in training: policies deal operations out within a batch, and blends mix it.
    """
    import torch

    from runner.build import make_batches
    from runner.dataset.batch import Batches

    as_stored = replace(splits, mean=None, std=None)
    plain = replace(data, view=None, workers=0)
    batches = make_batches(changed(cfg, debug=None), plain, as_stored, torch.device("cpu"))["train"]
    if not isinstance(batches, Batches):
        raise ValueError(f"dataset {data.name} has batches of its own kind: {type(batches).__name__}")
    return batches


def _windows(cfg: DictConfig, data: Data, splits: Splits) -> list[str]:
    """Return the first windows of a stream; with typos, what was there and what is read."""
    import torch

    from runner.build import make_batches
    from runner.figure.words import compared, passage
    from runner.make import make

    def first(config: DictConfig, given: Data) -> list[str]:
        batches = make_batches(config, given, splits, torch.device("cpu"))["train"]
        return [passage(ids[0], data.tokens, columns() - 4) for ids, _ in islice(batches(), ROWS)]

    read = first(cfg, data)
    stored = first(cfg, make(changed(cfg.dataset, typos=None))) if cfg.dataset.get("typos") else read
    return [line for pair in zip(stored, read, strict=True) for line in _indented(compared(*pair))]


def _rows(cfg: DictConfig, data: Data, splits: Splits) -> list[str]:
    """Return samples of the training part with their targets; of augmented text, what is read under what was there."""
    from runner.figure.sheet import draws, label, spread
    from runner.figure.words import cells, compared, passage

    train, lines = splits.train, list[str]()
    chosen = spread(train.targets, len(data.classes), ROWS)
    noisy = data.tokens and data.augment
    given = draws(_batches(cfg, data, splits), chosen, 1) if noisy else []
    for row, position in enumerate(chosen):
        sample, target = train.inputs[position], label(train.targets[position], data.classes)
        room = columns() - len(target) - 8
        if data.tokens:
            text = passage(sample, data.tokens, room)
            one = given[row][0] if noisy else None
            read = passage(one[0], data.tokens, room) if one else text
            first, *others = compared(text, read)
            lines += _indented([f"{target}  {first}", *[f"{'':{len(target)}}  {line}" for line in others]])
        else:
            lines += _indented([f"{cells(sample, room)}  -> {target}"])
    return lines


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def changed(node: DictConfig, **values: Any) -> DictConfig:
    """Return a copy of a node with other values."""
    from omegaconf import DictConfig, OmegaConf

    merged = OmegaConf.merge(node, values)
    assert isinstance(merged, DictConfig)
    return merged
