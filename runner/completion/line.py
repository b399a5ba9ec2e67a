"""A command line as far as it is typed, taken apart as a shell would, open quotes included."""

from __future__ import annotations

SPECIAL = frozenset(" \t\"'\\`$&;()<>|*?#!")
"""Characters that mean something to a shell."""


def split(line: str) -> tuple[list[str], str, str]:
    """Return the words that are complete, the program's name first, the word that is being typed, and its open quote.

    Args:
        line: Up to the cursor.
    """
    words: list[str] = []
    word, quote, begun, literal = "", "", False, False
    for character in line:
        if literal:
            word, literal = word + character, False
        elif character == "\\" and quote != "'":
            literal = begun = True
        elif quote:
            if character == quote:
                quote = ""
            else:
                word += character
        elif character in "'\"":
            quote, begun = character, True
        elif character.isspace():
            if word or begun:
                words.append(word)
            word, begun = "", False
        else:
            word += character
    return words, word, quote


def escaped(text: str) -> str:
    """Return a word so that a shell reads it as it is."""
    return "".join(f"\\{character}" if character in SPECIAL else character for character in text)


def typed_part(word: str, breaks: str) -> str:
    """Return what a shell that breaks words at some characters takes for finished in the word being typed.

    Args:
        word: Whole, ``model=cn``.
        breaks: Bash's ``COMP_WORDBREAKS``: it replaces only what is after the last of them.
    """
    last = max((word.rfind(character) for character in breaks if not character.isspace()), default=-1)
    return word[: last + 1]
