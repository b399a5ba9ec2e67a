"""From a text to the tokens that a language model reads, and back."""

from __future__ import annotations

from collections.abc import Sequence

from runner.dataset.language.vocabulary import UNKNOWN
from runner.dataset.text import BYTES


def beginning(tokens: Sequence[str]) -> int:
    """Return the token that a text without a prompt begins with: the new line, else the first with a character."""
    first = next(index for index, token in enumerate(tokens) if token and token != UNKNOWN)
    return tokens.index("\n") if "\n" in tokens else first


def encode(text: str, tokens: Sequence[str]) -> tuple[list[int], str]:
    """Return the tokens of a text, and its characters that became the unknown token.

    Raises:
        ValueError: There is no unknown token for characters that have none of their own.
    """
    if tuple(tokens) == BYTES:
        return list(text.encode()), ""
    known = {token: index for index, token in enumerate(tokens)}
    unknown = "".join(dict.fromkeys(character for character in text if character not in known))
    if unknown and UNKNOWN not in known:
        raise ValueError(f"the prompt has {unknown!r}, which the run has no tokens for")
    return [known.get(character, known.get(UNKNOWN, -1)) for character in text], unknown


def decode(ids: Sequence[int], tokens: Sequence[str]) -> str:
    """Return the text of tokens; bytes that are no UTF-8 become the replacement character."""
    if tuple(tokens) == BYTES:
        return bytes(ids).decode(errors="replace")
    return "".join(tokens[index] for index in ids)
