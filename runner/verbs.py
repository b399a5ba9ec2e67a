"""The verbs: which there are, how words say one, and the help. Verbs are read, and none is imported."""

from __future__ import annotations

import ast
from itertools import pairwise
from pathlib import Path

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
