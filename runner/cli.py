"""From words to a verb, a training or a search. Imports nothing heavy: help and mistakes are answered at once."""

from __future__ import annotations

import ast
import contextlib
import errno
import importlib
import os
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from runner import __version__, company, stream
from runner.agent import end_with_agent
from runner.interrupt import Interrupted, Leaving

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
VERBS = Path(__file__).parent / "verb"

USAGE = """\
runner: train, search, track and reproduce deep-learning experiments

  runner [RECIPE.yaml] [group=choice ...] [key=value ...]  train one experiment
      runner dataset=digits model=mlp optimizer.lr=0.01 epochs=5
      runner recipes/digits_cnn.yaml seed=1
      runner model=mlp needed=true     (only if no run has done it already)
      runner --quiet model=mlp         (-q: the result only, in one line)
      runner --json model=mlp          (the result as JSON, progress on stderr)
  runner -m [RECIPE.yaml] key=a,b group=x,y ...            search
      runner -m model=cnn,mlp seed=0,1,2
      runner -m sweep=bayes 'optimizer.lr=tag(log,interval(1e-4,1e-1))'
  runner VERB ...                                          everything else:

"""
CLOSING = """
More of a verb: runner VERB --help; -q and --json are for all of them. Groups,
choices and recipes: runner ls. The composed configuration: runner --cfg job
[...]. Your own parts: --config-dir DIR, or once for all export
RUNNER_CONFIG_DIR=DIR; or by a name, model._target_=mymodule.MyModel.
Completion: eval "$(runner completion bash)"
"""
INDENT = " " * 16
FOLDER = ("--config-dir", "-cd")
TAKE = (*FOLDER, "--config-path", "-cp", "--config-name", "-cn", "--cfg", "-c", "--package", "-p", "--info", "-i")
"""Hydra's flags that a word follows, which is no verb."""


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
        return dispatch([*argv[1:2], "--help"])
    if first == "train":
        argv, first = argv[1:], ""
        if argv[:1] in (["-h"], ["--help"]):
            return dispatch(argv)
    if not is_verb(first):
        if late := [word for word in loose(argv) if word in verbs()]:
            print(f"error: the verb comes first: runner {late[0]} ...", file=sys.stderr)
            return 2
        from runner.launch import launch

        return launch(argv)
    if first not in verbs():
        from runner.check.suggest import nearest

        near = nearest(first, [*verbs(), "train", "help"])
        hint = f"did you mean runner {near}?" if near else "see runner --help"
        print(f"error: no verb {first!r}: {hint}", file=sys.stderr)
        return 2
    if first != "resume":  # others work alone, also where torchrun or Kubernetes has started several of them
        for name in company.NAMES:
            os.environ.pop(name, None)
    verb = importlib.import_module(f"runner.verb.{verbs()[first].stem}")
    with stream.aside() if in_json(argv) else contextlib.nullcontext():  # what others print is no part of the document
        result: int = verb.main(argv[1:])
    return result


def verb_first(words: list[str]) -> list[str]:
    """Return words with a verb in front of the ``--config-dir`` that was said before it: both orders mean the same."""
    taken = 1 if words and words[0].startswith("--config-dir=") else 2 if words and words[0] in FOLDER else 0
    verb = words[taken : taken + 1]
    return [*verb, *words[:taken], *words[taken + 1 :]] if verb and is_verb(verb[0]) else words


def is_verb(word: str) -> bool:
    """Tell a verb from an override, a recipe, a flag and a deletion."""
    return bool(word) and "=" not in word and not word.endswith((".yaml", ".yml")) and word[0] not in "-~+"


def loose(words: list[str]) -> list[str]:
    """Return the words that could be a verb, a run or a key: no overrides, no flags, and no values of flags."""
    return [word for before, word in pairwise(["", *words]) if is_verb(word) and before not in TAKE]


def answers(words: list[str]) -> bool:
    """Tell whether what is printed is what was asked for; of a training it is the run's folder, whoever reads."""
    return bool(words) and is_verb(words[0]) and words[0] not in ("train", "resume")


def in_json(words: list[str]) -> bool:
    """Tell whether a verb is to print one JSON document and nothing else."""
    return "--json" in words and not {"-h", "--help"} & {*words}


def verbs() -> dict[str, Path]:
    """Return the verbs that there are, and their files: ``lr-find`` is in lr_find.py, ``assert`` in assert_.py."""
    files = [path for path in sorted(VERBS.glob("*.py")) if not path.stem.startswith("_")]
    return {path.stem.rstrip("_").replace("_", "-"): path for path in files}


def usage() -> str:
    """Return the help: how to train and to search, and each verb's line and example, read without importing them."""
    from runner.figure.fold import fold

    lines = []
    for name, path in verbs().items():
        summary = (ast.get_docstring(ast.parse(path.read_bytes())) or "").partition("\n")[0]
        lines += fold(summary, f"  {name:<13} ", INDENT, width=80)
        lines += fold(example(name), INDENT, f"{INDENT}    ", width=80)
    return USAGE + "".join(f"{line}\n" for line in lines) + CLOSING


def example(name: str) -> str:
    """Return the example of a verb, as its file says."""
    for item in ast.parse(verbs()[name].read_bytes()).body:
        if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == "EXAMPLE":
            return str(ast.literal_eval(item.value))
    return ""


if __name__ == "__main__":
    main()
