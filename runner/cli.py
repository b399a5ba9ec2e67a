"""From words to a verb, a training or a search. Imports nothing heavy: help and mistakes are answered at once."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from runner import __version__, company, stream
from runner.agent import end_with_agent
from runner.interrupt import Interrupted, Leaving
from runner.verbs import answers, in_json, is_verb, loose, usage, verb_first, verbs

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main(argv: list[str] | None = None) -> NoReturn:
    """Do what the command line says and exit with its code."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    stream.prepare()
    try:
        os.umask(umask())
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    end_with_agent()
    find_own_modules_last()
    leaving, words = Leaving(), verb_first(sys.argv[1:] if argv is None else argv)
    lasting = contextlib.nullcontext() if answers(words) else stream.lasting()
    try:
        with leaving, lasting:
            code = leaving.code(dispatch(words))
            if code == 0 and answers(words):
                sys.stdout.flush()  # an answer that does not arrive is an error
    except BrokenPipeError:  # the reader has seen enough: runner ls | head
        code = 0
    except Interrupted as stop:
        code = 128 + stop.signum
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        code = leaving.code(1)
        if code == 1:
            if not isinstance(error, OSError) or error.errno not in FULL:
                raise
            # what is printed, or the file that was asked for, has no room: runner show latest > file
            with contextlib.suppress(OSError):
                print(f"error: {error.strerror}", file=sys.stderr)
    say_the_rest()
    if company.in_company():
        company.leave(code)
    sys.exit(code)


def say_the_rest() -> None:
    """Send what is still to be said; where nobody listens any more, or the disk is full, it is of no consequence."""
    for one in (sys.stdout, sys.stderr):
        try:
            one.flush()
        except OSError:
            stream.forsake(one)


def find_own_modules_last() -> None:
    """Let a user's own modules, which lie in the working directory, be found; none of them instead of an installed one.

    The working directory may be a folder that somebody else has filled: a ``yaml.py`` in it is not to be run. What is
    named in PYTHONPATH stays where it is.
    """
    here = os.getcwd()
    if here not in map(os.path.abspath, filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))):
        sys.path[:] = [*(entry for entry in sys.path if entry not in ("", here)), here]


def umask() -> int:
    """Return what nobody else may do with files that are made here: nothing, unless RUNNER_UMASK says otherwise.

    Raises:
        ValueError: It does not say so in octal digits.
    """
    said = os.environ.get("RUNNER_UMASK", "077")
    if not re.fullmatch("[0-7]{1,4}", said):
        raise ValueError(f"RUNNER_UMASK must be octal digits, such as 027 to let your group read, got {said!r}")
    return int(said, 8) & 0o777 | 0o002  # to write is never for everybody


def dispatch(argv: list[str]) -> int:
    """Call a verb, or train."""
    first = argv[0] if argv else ""
    if first in ("-h", "--help"):
        print(usage(), end="")
        return 0
    if first == "--version":
        print(f"runner {__version__}")
        return 0
    if first == "help":
        argv = [word for word in argv if not word.startswith("-")]
        if argv[1:2] and argv[1] not in {*verbs(), "train", "help"}:
            return point(argv[1])
        return dispatch([*[word for word in argv[1:2] if word != "help"], "--help"])
    if first == "train":
        argv, first = argv[1:], ""
        if argv[:1] in (["-h"], ["--help"]):
            return dispatch(argv)
    if not is_verb(first):
        if late := [word for word in loose(argv) if word in verbs()]:
            print(f"error: the verb comes first: runner {late[0]} ...", file=sys.stderr)
            return 2
        from runner.launch import launch

        return hinted(launch, argv, None)
    if first not in verbs():
        return point(first, asked=False)
    if first != "resume":  # others work alone, also where torchrun or Kubernetes has started several of them
        for name in company.NAMES:
            os.environ.pop(name, None)
    verb = importlib.import_module(f"runner.verb.{verbs()[first].stem}")
    with stream.aside() if in_json(argv) else contextlib.nullcontext():  # what others print is no part of the document
        return hinted(verb.main, argv[1:], verbs()[first])


def hinted(main: Callable[[list[str]], int], words: list[str], file: Path | None) -> int:
    """Call what answers to some words; if it refuses them, say of a mistyped flag or choice which is the nearest."""
    try:
        code = main(words)
    except SystemExit as stop:  # a parser's way to refuse
        if stop.code != 2:
            raise
        code = 2
    if code == 2:
        from runner.mistyped import hints

        for hint in hints(words, file):
            print(hint, file=sys.stderr)
    return code


def point(word: str, asked: bool = True) -> int:
    """Say where to read of a word that is no verb: of a group, a choice or a key; else which verb it is like.

    Args:
        word: As it is typed.
        asked: Help was asked for, so that to have some is no mistake.
    """
    from runner.check.suggest import nearest
    from runner.mistyped import meant, place

    where, near = place(word), nearest(word, [*verbs(), "train", "help"])
    if asked and where:
        alike = near and near.startswith(word)
        print(where + (f"\nthe verb is: runner {near}" if alike else ""))
        return 0
    if asked and not near and (other := meant(word)):
        hint = f"did you mean runner help {other}?"
    else:
        hint = f"did you mean runner {near}?" if near else where or "see runner --help"
    print(f"error: no verb {word!r}: {hint}" + (f"\n{where}" if where and near else ""), file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
