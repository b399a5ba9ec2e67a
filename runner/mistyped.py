"""What was meant: the nearest flag and choice of a verb, and where to read of a word that is no verb."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runner.check.suggest import nearest
from runner.completion.answer import TRAIN
from runner.completion.verbs import Argument, Verb, read_verb
from runner.vocabulary.key import keys_of_root
from runner.vocabulary.part import choices, groups


def hints(words: list[str], file: Path | None) -> Iterator[str]:
    """Yield ``--formt: did you mean --format?`` for each flag and each choice that there is not.

    Read from the verb's source, as completion does: a parser says that something is wrong, not what was meant.

    Args:
        words: After the verb, of a command that was refused.
        file: The verb's; none: of a training.
    """
    verb = read_verb(file) if file else TRAIN
    flags = {name: flag for flag in [*verb.flags, *(TRAIN.flags if verb.words else [])] for name in flag.names}
    strict = file is None or "allow_abbrev=False" in file.read_text(encoding="utf-8")
    for argument, word in _given(verb, flags, words):
        if argument is not None:
            found = nearest(word, argument.choices)
        elif strict or sum(name.startswith(word) for name in flags) != 1:
            bare = nearest(word.lstrip("-"), [name.lstrip("-") for name in flags if name.startswith("--")])
            found = bare and f"--{bare}"
        else:  # it stands for the one flag that begins so
            found = None
        if argument is None and file is None and word.lstrip("-") in {row.key for row in keys_of_root({})}:
            found = f"{word.lstrip('-')}=..."
        if found:
            yield f"{word}: did you mean {found}?"


def _given(verb: Verb, flags: dict[str, Argument], words: list[str]) -> Iterator[tuple[Argument | None, str]]:
    """Yield what is no flag, and with the argument that it is for what is none of its choices."""
    first = verb.positionals[:1]
    waiting: Argument | None = None
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--":
            return
        if waiting is not None:
            if waiting.choices and word not in waiting.choices:
                yield waiting, word
            waiting = None
        elif name in flags:
            flag = flags[name]
            waiting = flag if flag.takes and not equals else None
            if equals and flag.choices and value not in flag.choices:
                yield flag, value
        elif word.startswith("--"):
            yield None, name
        elif first and not word.startswith("-"):
            if first[0].choices and word not in first[0].choices:
                yield first[0], word
            first = []


def place(word: str) -> str:
    """Return where to read of a group, a choice or a key; empty for another word."""
    if word in groups():
        return f"{word} is a group: runner ls {word} lists its choices, runner ls {word}={_first(word)} the keys of one"
    within = [group for group in groups() if word in choices(group)]
    if within:
        return f"{word} is a choice of {' and of '.join(within)}: " + ", ".join(
            f"runner ls {group}={word} lists its keys" if group == within[0] else f"runner ls {group}={word} too"
            for group in within
        )
    if word == "recipes":
        return "runner ls recipes lists them"
    head, dot, _ = word.partition(".")
    if (dot and head in groups()) or word in [row.key for row in keys_of_root({})]:
        return f"{word} is a key: runner explain {word}"
    return ""


def meant(word: str) -> str | None:
    """Return the group or the choice that a word is like."""
    return nearest(word, [*groups(), *(name for group in groups() for name in choices(group))])


def _first(group: str) -> str:
    return next(iter(choices(group)))
