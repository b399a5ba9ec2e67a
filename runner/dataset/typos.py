"""Typing mistakes in text made of single characters or bytes, whole corpora at a time."""

from __future__ import annotations

import torch
from torch import Tensor

from runner.dataset.language.keyboard import Keys, keys
from runner.dataset.language.spread import spread
from runner.types import Fraction, Share

CHUNK = 1 << 20
"""Tokens of a corpus that are changed at a time: that takes some 200 bytes for each."""
KINDS = 5
"""Numbers that a token needs, one for each kind of mistake."""


class Typos:
    """Make typing mistakes, in this order: swapped, mistyped and dropped, deleted, inserted.

    Args:
        swap: Share of characters that are drawn to change places with the next one; of two drawn in a row the second
            has been moved already, so that 1 swaps every pair.
        insert: Share of characters that are followed by one too many, which is drawn from the text itself.
        delete: Share of characters that are left out.
        keyboard: Share of characters that become one of the keys around their own, on a US keyboard and among the
            tokens; what is neither letter nor digit has none.
        word_drop: Share of words, runs between spaces, that are left out, each with the space behind it.
    """

    def __init__(
        self,
        swap: Share = 0.0,
        insert: Share = 0.0,
        delete: Fraction = 0.0,
        keyboard: Share = 0.0,
        word_drop: Fraction = 0.0,
    ) -> None:
        self.swap, self.insert, self.delete, self.keyboard, self.word_drop = swap, insert, delete, keyboard, word_drop
        self.any = any((swap, insert, delete, keyboard, word_drop))

    def __call__(self, ids: Tensor, tokens: tuple[str, ...], seed: int, /) -> Tensor:
        """Return a text with mistakes, int64 [n]: as long as before, cut off or filled up from its own beginning.

        Args:
            ids: The text, [n].
            tokens: What the numbers stand for: single characters, or ``chr`` of bytes.
            seed: Decides all mistakes.
        """
        if not (len(ids) and self.any):
            return ids
        generator = torch.Generator().manual_seed(seed)
        parts = []
        for part in ids.long().split(CHUNK):
            numbers = torch.rand(1, KINDS, len(part), generator=generator).to(ids.device)
            rows = part[None]
            changed, length = self.change(rows, rows >= 0, tokens, numbers, 2 * len(part))
            parts.append(changed[0, : int(length)])
        whole = torch.cat(parts)
        return whole.repeat(-(-len(ids) // len(whole)))[: len(ids)]

    def rows(self, ids: Tensor, tokens: tuple[str, ...], uniform: Tensor) -> Tensor:
        """Return texts with mistakes, int64 [n, length], without asking the device anything.

        Args:
            ids: Texts in rows, filled up with padding, 0, behind their end; int64 [n, length].
            tokens: What the numbers stand for; the first is padding.
            uniform: [n, k] in [0, 1): k numbers that decide all mistakes of a text. Two tell 2^48 texts apart.
        """
        if not self.any:
            return ids
        length = ids.shape[1]
        numbers = spread(uniform, KINDS * length).view(-1, KINDS, length)
        return self.change(ids, ids != 0, tokens, numbers, length)[0]

    def change(
        self, ids: Tensor, alive: Tensor, tokens: tuple[str, ...], numbers: Tensor, width: int
    ) -> tuple[Tensor, Tensor]:
        """Return rows with mistakes [n, width], padded with 0, and their lengths [n].

        A row that would lose all its tokens keeps them all.

        Args:
            ids: int64 [n, length].
            alive: Which of them are text and not padding, bool [n, length].
            tokens: What the numbers stand for.
            numbers: [n, 5, length] in [0, 1). Where one is below its share, it also chooses among the possible ones.
            width: Tokens of a row that are kept, at least ``length``.

        Raises:
            ValueError: Words or keys are asked for, and the tokens have no space or no neighbours.
        """
        swap, key, word, gone, more = numbers.unbind(1)
        known = keys(tokens, ids.device)
        if self.word_drop and not known.words:
            raise ValueError(f"word_drop={self.word_drop:g} needs a space among the tokens: there is none")
        if self.keyboard and not known.typed:
            raise ValueError(f"keyboard={self.keyboard:g} needs tokens that lie side by side on a keyboard")
        if self.swap:
            ids = swapped(ids, alive, swap < self.swap)
        if self.keyboard:
            ids = mistyped(ids, alive, key / self.keyboard, known)
        stays = alive
        if self.word_drop:
            stays = alive & ~dropped(ids, alive, word < self.word_drop, known)
        if self.delete:
            stays = stays & (gone >= self.delete)
        stays = torch.where(stays.any(1, keepdim=True), stays, alive)
        if not self.insert:
            return rebuilt(ids, stays, torch.zeros_like(stays), ids, width)
        source = (more * (alive.sum(1, keepdim=True) / self.insert)).long().clamp_max(ids.shape[1] - 1)
        return rebuilt(ids, stays, stays & (more < self.insert), ids.gather(1, source), width)


def before(mask: Tensor) -> Tensor:
    """Return what is true of the token before, for a mask [n, length]."""
    return torch.cat([torch.zeros_like(mask[:, :1]), mask[:, :-1]], 1)


def swapped(ids: Tensor, alive: Tensor, chosen: Tensor) -> Tensor:
    """Return rows in which chosen tokens have changed places with the next one."""
    follows = torch.cat([alive[:, 1:], torch.zeros_like(alive[:, :1])], 1)
    places = torch.arange(ids.shape[1], device=ids.device)
    start = torch.where(chosen & ~before(chosen), places, 0).cummax(1).values  # of the run of chosen ones
    first = chosen & ((places - start) % 2 == 0) & follows  # each pair once: the second of a pair has moved already
    return ids.gather(1, places + first.long() - before(first).long())


def mistyped(ids: Tensor, alive: Tensor, number: Tensor, known: Keys) -> Tensor:
    """Return rows in which a token whose number is below 1 is a neighbour on the keyboard, chosen by that number."""
    count = known.count[ids]
    which = (number.clamp_max(1) * count).long().minimum(count - 1).clamp_min(0)
    return torch.where((number < 1) & (count > 0) & alive, known.beside[ids, which], ids)


def dropped(ids: Tensor, alive: Tensor, chosen: Tensor, known: Keys) -> Tensor:
    """Tell which tokens belong to a dropped word, or are the space behind it; the k-th word is dropped if chosen[k]."""
    letter = alive & ~known.blank[ids]
    word = (letter & ~before(letter)).long().cumsum(1) - 1
    member = letter | (known.space[ids] & before(letter))
    return member & chosen.gather(1, word.clamp_min(0))


def rebuilt(ids: Tensor, stays: Tensor, extra: Tensor, added: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Return rows [n, width] of the tokens that stay, each followed by its ``added`` one if ``extra``, and lengths."""
    counts = stays.long() + extra.long()
    place = counts.cumsum(1) - counts
    changed = ids.new_zeros(len(ids), width + 1)  # the last column takes what is left out
    changed.scatter_(1, torch.where(stays, place, width).clamp_max(width), ids)
    changed.scatter_(1, torch.where(extra, place + 1, width).clamp_max(width), added)
    return changed[:, :width], counts.sum(1).clamp_max(width)
