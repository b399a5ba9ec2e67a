"""Batches of a long text: parallel streams, cut into windows that follow one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import torch
from torch import Tensor

from runner.dataset.batch import derive
from runner.dataset.data import Augmentation, Batch, Split

NO_TOKEN = -100
"""A target that is not there; ``cross_entropy`` ignores it."""


class Typist(Protocol):
    """Makes typing mistakes in a text: a pure function of the text and a seed, and the length stays."""

    def __call__(self, ids: Tensor, tokens: tuple[str, ...], seed: int, /) -> Tensor: ...


class Streams:
    """An epoch of windows, from any window on.

    The text is laid out as ``size`` rows, each a contiguous piece of it, and windows are cut across all rows. The
    window that follows continues every row where this one ended, so that a recurrent model can keep its state.

    Training drops the tail that does not fill a row of its own, less than ``size`` tokens. Evaluation counts every
    token once: what the last rows lack is filled with input 0 and target -100.

    ``jitter`` moves the borders between training windows, so that a token is not in every epoch the first of its
    window, with no gradient to what came before. It plays the role of the variable length of Merity, Keskar, Socher,
    "Regularizing and Optimizing LSTM Language Models", arXiv 1708.02182, section 4.1, but leaves the number of windows
    as it is: a schedule that counts steps stays right.

    Args:
        split: The stream: tokens [n] as inputs.
        size: Streams side by side.
        mean, std: Ignored: tokens are not normalised.
        device: Where batches are delivered. The text is moved there once, or once an epoch with typos.
        seed: Of borders and typos.
        shuffle: Training; False is evaluation. Windows stay in order in both.
        augment, workers, classes, view, weights: Ignored: they are about samples, and a stream has none.
        limit: At most this many windows, for a quick look.
        bptt: Tokens in a window.
        jitter: Largest move of a border, in tokens.
        typos: Applied to the whole training stream, anew in each epoch.
        tokens: What the numbers stand for, for ``typos``.
        rows: With several processes: which of the streams side by side this one reads. It is given their inputs, and
            the targets of all.

    Raises:
        ValueError: The training stream is too short for ``size`` rows, or ``jitter`` is too wide for ``bptt``.
    """

    def __init__(
        self,
        split: Split,
        size: int,
        *,
        mean: Tensor | None = None,
        std: Tensor | None = None,
        device: torch.device,
        seed: int = 0,
        shuffle: bool = False,
        augment: Augmentation | None = None,
        workers: int = 0,
        limit: int | None = None,
        classes: int = 0,
        view: Callable[[Tensor], Tensor] | None = None,
        weights: Tensor | None = None,
        bptt: int = 64,
        jitter: int = 0,
        typos: Typist | None = None,
        tokens: tuple[str, ...] = (),
        rows: Callable[[int], slice] | None = None,
    ) -> None:
        check_windows(bptt, jitter)
        assert isinstance(split.inputs, Tensor)
        self.ids, self.size, self.device, self.seed, self.tokens = split.inputs, size, device, seed, tokens
        self.bptt, self.jitter, self.typos = (
            bptt,
            jitter if shuffle else 0,
            typos if shuffle and getattr(typos, "any", True) else None,
        )
        self.rows = rows
        predicted = max(0, len(self.ids) - 1)
        if shuffle and predicted < size:
            raise ValueError(
                f"batch_size={size}: the training text has {len(self.ids)} tokens, too few for {size} streams; "
                f"batch_size={max(1, predicted // 2)} would do"
            )
        self.length = predicted // size if shuffle else -(-predicted // size)
        self.samples = self.length * size if shuffle else predicted
        self.whole = -(-self.length // bptt)
        self.count = self.whole if limit is None else min(limit, self.whole)
        self.laid_out = None if self.typos else self.lay_out(self.ids)

    def __len__(self) -> int:
        return self.count

    def lay_out(self, ids: Tensor) -> Batch:
        """Return the tokens and those that follow them, [size, length] each, on the device."""
        inputs, targets = ids[:-1][: self.samples], ids[1:][: self.samples]
        missing = self.length * self.size - self.samples
        if missing:
            inputs = torch.cat([inputs, inputs.new_zeros(missing)])
            targets = torch.cat([targets.int(), torch.full((missing,), NO_TOKEN, dtype=torch.int32)])
        shape = (self.size, self.length)
        return inputs.reshape(shape).to(self.device), targets.reshape(shape).to(self.device)

    def borders(self, epoch: int) -> list[int]:
        """Return where the windows of an epoch begin, and the end of the streams; always increasing."""
        starts = torch.arange(self.whole) * self.bptt
        if self.jitter:
            generator = torch.Generator().manual_seed(derive(self.seed, "jitter", epoch))
            moves = torch.randint(-self.jitter, self.jitter + 1, (self.whole,), generator=generator)
            moves[0] = 0
            starts = (starts + moves).clamp_max(self.length - 1)
        return [*starts.tolist(), self.length]

    def __call__(self, epoch: int = 0, start: int = 0) -> Iterator[Batch]:
        """Yield (inputs, targets), int64 [size, window] each, of ``epoch``, beginning with window ``start``."""
        if self.laid_out is None:
            assert self.typos is not None
            mistaken = self.typos(self.ids.long(), self.tokens, derive(self.seed, "typos", epoch))
            inputs, targets = self.lay_out(mistaken)
        else:
            inputs, targets = self.laid_out
        inputs = inputs if self.rows is None else inputs[self.rows(self.size)]
        borders = self.borders(epoch)
        for index in range(start, self.count):
            window = slice(borders[index], borders[index + 1])
            yield inputs[:, window].long(), targets[:, window].long()


def check_windows(bptt: int, jitter: int) -> None:
    """Refuse borders that could cross: two neighbours may come closer by twice the jitter.

    Raises:
        ValueError: ``jitter`` is half of ``bptt`` or more.
    """
    if 2 * jitter >= bptt:
        raise ValueError(f"dataset.jitter={jitter} is too wide for windows of bptt={bptt}: at most {(bptt - 1) // 2}")
