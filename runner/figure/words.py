"""Samples that are no images, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from torch import Tensor

from runner.figure.terminal import levels, spark


def passage(ids: Tensor, tokens: Sequence[str], width: int) -> str:
    """Return tokens as one line of at most ``width`` characters: padding left out, line ends and tabs made visible."""
    words = [tokens[index] for index in ids.tolist()]
    gap = "" if all(len(token) <= 1 for token in tokens) else " "
    return shown(gap.join(word for word in words if word))[:width]


def shown(text: str) -> str:
    """Return text with a visible character for each one that would break the line, so that lengths stay."""
    return "".join("¶" if c == "\n" else "→" if c == "\t" else c if c.isprintable() else "·" for c in text)


def compared(before: str, after: str) -> list[str]:
    """Return two lines and, under them, what differs in the second; one line if they are the same."""
    if before == after:
        return [before]
    marks = [" "] * (len(after) + 1)
    for kind, _, _, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal" and start < len(after):
            end = max(end, start + 1)  # what was left out is missing before this character
            marks[start:end] = "^" * (end - start)
    return [before, after, "".join(marks).rstrip()]


def cells(sample: Tensor, width: int) -> str:
    """Return one sample of numbers as a line: its values, or the course of a sequence's first feature."""
    if sample.dim() > 1:
        course = sample.flatten(1)[:, 0].tolist()
        return spark(course, width=min(width, 60), glyphs=levels())
    texts = [f"{str(v) if isinstance(v, int) else f'{v:.3g}':>8}" for v in sample.tolist()]
    fits = (width - 4) // 9
    return " ".join(texts if len(texts) <= fits else [*texts[:fits], "..."])
