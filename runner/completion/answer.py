"""The answer to a tab: every candidate for the word that is being typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runner.check.facts import GROUPS
from runner.completion.argument import KINDS, VALUES, any_file
from runner.completion.candidate import Candidate, folders, paths, recipes, runs
from runner.completion.verbs import Argument, Verb, read_verb
from runner.completion.words import Said, candidates, keys
from runner.vocabulary.part import about, choices

TRAIN = Verb(
    [
        Argument(("-m", "--multirun"), "a search: every combination of the lists, or what sweep= says", takes=False),
        Argument(("-cd", "--config-dir"), "a folder of your own groups"),
        Argument(("-c", "--cfg"), "show the configuration instead of training", ("job", "hydra", "all")),
        Argument(("-p", "--package"), "which part of it"),
        Argument(("--resolve",), "with interpolations resolved", takes=False),
        Argument(
            ("-i", "--info"),
            "how Hydra composes it",
            ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath"),
        ),
        Argument(("-q", "--quiet"), "print the result only, in one line", takes=False),
        Argument(("--json",), "print the result as JSON, progress on stderr", takes=False),
        Argument(("-h", "--help"), "show the help", takes=False),
        Argument(("--version",), "show the version", takes=False),
    ],
    words=True,
    about="train one experiment",
)
"""What can be said where there is no verb."""


def answer(words: list[str], current: str, verbs: dict[str, Path]) -> list[Candidate]:
    """Return what the word that is being typed may become, in the order of its meanings, each once.

    Args:
        words: Those before it, without the program's name.
        current: The word, as far as it is typed.
        verbs: Their files, by name.
    """
    named = words[0] if words and words[0] in verbs else ""
    verb = read_verb(verbs[named]) if named else TRAIN
    if words[:1] == ["help"]:
        return [one for one in _verbs(verbs) if one.word.startswith(current)] if len(words) == 1 else []
    if named and verb.words:
        verb.flags.extend(flag for flag in TRAIN.flags if flag.names[0] in ("-m", "-cd"))
    after = words[1:] if named or words[:1] == ["train"] else words
    found: dict[str, Candidate] = {}
    for one in _every(verb, after, current, {} if words else verbs):
        if one.word.startswith(current):
            found.setdefault(one.word, one)
    return list(found.values())


def _every(verb: Verb, words: list[str], current: str, verbs: dict[str, Path]) -> Iterator[Candidate]:
    flag = _open_flag(verb, words)
    name, equals, typed = current.partition("=")
    if flag is not None:
        yield from _values(flag, words, current)
    elif current.startswith("--") and equals:
        given = [one for one in verb.flags if name in one.names and one.takes]
        for one in given:
            yield from (Candidate(f"{name}={found.word}", found.about) for found in _values(one, words, typed))
    elif current.startswith("-"):
        for one in verb.flags:
            yield from (Candidate(name, one.about) for name in one.names)
    else:
        if verbs:
            yield from _verbs(verbs)
            yield Candidate("help", "what a verb does, with its flags and an example")
        yield from _positional(verb, words, current)


def _verbs(verbs: dict[str, Path]) -> Iterator[Candidate]:
    for name in verbs:
        yield Candidate(name, read_verb(verbs[name]).about)
    yield Candidate("train", TRAIN.about)


def _open_flag(verb: Verb, words: list[str]) -> Argument | None:
    """Return the flag that wants the word which is being typed: the one just before, or one that takes several."""
    for distance, word in enumerate(reversed(words)):
        if word.startswith("-"):
            flag = next((one for one in verb.flags if word in one.names), None)
            return flag if flag is not None and flag.takes and (distance == 0 or flag.many) else None
        if "=" in word:
            return None
    return None


def _values(flag: Argument, words: list[str], typed: str) -> Iterator[Candidate]:
    name = flag.names[-1].lstrip("-") if flag.names[-1].startswith("--") else flag.names[0].lstrip("-")
    said = Said(words)
    if flag.choices:
        yield from map(Candidate, flag.choices)
    elif "--config-dir" in flag.names:
        yield from folders(typed)
    elif name in GROUPS:
        yield from (Candidate(one, about(path)) for one, path in choices(name, said.folders).items())
    elif name == "package":
        yield from (Candidate(one.word.rstrip("=."), one.about) for one in keys(said, typed))
    elif name in VALUES:
        yield from VALUES[name](words, typed)
    elif not flag.kind or "DIR" in flag.kind or "FILE" in flag.kind:
        yield from paths(typed)


def _positional(verb: Verb, words: list[str], current: str) -> Iterator[Candidate]:
    """Yield candidates for the argument whose turn it is, and for words of a training where those are taken."""
    said = Said(words)
    argument = _turn(verb, words)
    if argument is not None and argument.choices:
        yield from map(Candidate, argument.choices)
        return
    if argument is not None:
        kind = argument.names[0]
        yield from KINDS.get(kind, any_file)(said, current, argument)
    if "KEY" in verb.usage:
        yield from (Candidate(one.word.removesuffix("="), one.about) for one in keys(said, current))
    if "RUN" in verb.usage and argument is None:
        yield from runs(current, sweeps="SWEEP" in verb.usage)
    if verb.words:
        yield from candidates(said, current)
        yield from recipes(current) if said.recipe is None or "RUN" not in verb.usage else ()


def _turn(verb: Verb, words: list[str]) -> Argument | None:
    """Return the positional argument that comes next; flags and their values do not count."""
    given, skip = 0, False
    for word in words:
        flag = next((one for one in verb.flags if word in one.names), None)
        if not skip and flag is None and not word.startswith("-"):
            given += 1
        skip = flag is not None and flag.takes
    for argument in verb.positionals:
        if given == 0 or argument.many:
            return argument
        given -= 1
    return None
