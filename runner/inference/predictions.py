"""Predictions as rows: what a model said about each sample, for people and for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

from torch import Tensor

Row = dict[str, object]


def described(
    values: Tensor,
    label: Callable[[Tensor], Tensor],
    targets: Tensor | None,
    classes: Sequence[str],
    top: int = 1,
) -> list[Row]:
    """Return a row for each sample of a batch.

    Args:
        values: Probabilities of the classes, [n, classes], or predicted numbers, [n].
        label: Says which class is predicted, which need not be the most probable one: ``task.label``.
        targets: What is right, if it is known: labels int64 [n], or numbers [n].
        classes: Their names.
        top: So many of the most probable classes; as many as there are if that is fewer. 1: the predicted one.

    Raises:
        ValueError: The second best of a number is asked for.
    """
    if values.dim() == 1:
        if top > 1:
            raise ValueError(f"--top {top} is for classes: the run predicts a number, and there is no second best")
        rows: list[Row] = [{"prediction": short(value)} for value in values.tolist()]
    else:
        labels = label(values).unsqueeze(1) if top == 1 else values.topk(min(top, values.shape[1]), dim=1).indices
        pairs = zip(labels.tolist(), values.gather(1, labels).tolist(), strict=True)
        rows = [ranked([classes[one] for one in row], chances) for row, chances in pairs]
    if targets is None:
        return rows
    truth = targets.tolist()
    known = [classes[one] for one in truth] if classes else [short(number) for number in truth]
    return [{"target": right, **row} for right, row in zip(known, rows, strict=True)]


def ranked(names: Sequence[str], chances: Sequence[float]) -> Row:
    """Return the columns of the most probable classes; those of the second and so on are numbered."""
    row: Row = {}
    for place, (name, chance) in enumerate(zip(names, chances, strict=True), start=1):
        number = "" if place == 1 else f"_{place}"
        row |= {f"prediction{number}": name, f"probability{number}": short(chance)}
    return row


def short(number: float) -> float:
    """Return a number without the digits that float32 does not have."""
    return float(f"{number:.7g}")


def as_csv(rows: Sequence[Row]) -> str:
    """Return rows as comma-separated values with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_table(rows: Sequence[Row]) -> str:
    """Return rows as aligned columns: texts to the left, numbers to the right."""
    if not rows:
        return "no samples"
    names = list(rows[0])
    columns = [[name, *(cell(row[name]) for row in rows)] for name in names]
    widths = [max(map(len, column)) for column in columns]
    left = [isinstance(rows[0][name], str) for name in names]
    return "\n".join(
        "  ".join(
            f"{text:<{width}}" if to_left else f"{text:>{width}}"
            for text, width, to_left in zip(line, widths, left, strict=True)
        ).rstrip()
        for line in zip(*columns, strict=True)
    )


def cell(value: object) -> str:
    """Return a value in few characters."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
