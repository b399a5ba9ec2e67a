"""Text with letters beyond ASCII, in quotes: Hydra's grammar takes ``folder=Books``, but not ``folder=Bücher``."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
    (?P<quoted> '(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" )
    | (?P<mark> [\[\]{}(),:=\s] )
    | (?P<text> (?: \\. | \$\{[^{}]*\} | [^\[\]{}(),:=] )+ )
    """,
    re.VERBOSE,
)
_NESTED = re.compile(r"\s*(?:\[.*\]|\{.*\}|\w+\(.*\))\s*", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\()\[\]{}:=, \t])")


def in_quotes(word: str) -> str:
    """Return an override whose value Hydra can read: ``folder=Bücher`` as ``folder='Bücher'``, the rest as it is.

    In lists, mappings and functions each text is quoted by itself, and so is each of several values.
    """
    key, equals, value = word.partition("=")
    if not equals or value.isascii():
        return word
    if _NESTED.fullmatch(value):
        return f"{key}={''.join(_each(value))}"
    values, start = [], 0
    for comma in re.finditer(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\$\{[^{}]*\}|\\.|\[[^\]]*\]|(,)""", value):
        if comma[1]:
            values.append(value[start : comma.start()])
            start = comma.end()
    return f"{key}={','.join(map(_one, [*values, value[start:]]))}"


def _one(value: str) -> str:
    """Return one of several values: quoted, unless it is a list or in quotes already."""
    if _NESTED.fullmatch(value) or re.fullmatch(r"\s*(['\"]).*\1\s*", value):
        return "".join(_each(value))
    return quoted(value)


def _each(value: str) -> list[str]:
    """Return the marks and texts of a value, the texts quoted where they have to be."""
    found = list(_TOKEN.finditer(value))
    if sum(len(token[0]) for token in found) != len(value):
        return [value]  # Hydra says what it cannot read
    return [quoted(token[0]) if token["text"] else token[0] for token in found]


def quoted(text: str) -> str:
    """Return a text as Hydra reads it back: in single quotes if it has letters beyond ASCII; spaces around it stay."""
    if text.isascii():
        return text
    bare = _ESCAPED.sub(r"\1", text.strip())
    inner = re.sub(r"(\\*)(?='|\Z)", r"\1\1", bare).replace("'", r"\'")  # a backslash counts before a quote only
    before, _, after = text.partition(text.strip())
    return f"{before}'{inner}'{after}"
