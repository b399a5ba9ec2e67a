"""write text with the language model of a run"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runner.folder import find, read_json

if TYPE_CHECKING:
    from torch import nn

    from runner.dataset.data import Data

EXAMPLE = "runner generate latest --prompt 'The ' --temperature 0.8"

BYTES = tuple(map(chr, range(256)))
"""The tokens of a text that is read byte by byte."""
UNKNOWN = "\ufffd"
"""The token of characters without one of their own, as datasets of text have it."""


def main(argv: list[str]) -> int:
    """Print the prompt and what the model goes on with."""
    parser = argparse.ArgumentParser(prog="runner generate", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument("run", help="a run's folder, its id, the beginning of its id, or latest")
    parser.add_argument("--prompt", default="", metavar="TEXT", help="what the text begins with; else a new line")
    parser.add_argument("--length", type=int, default=500, metavar="N", help="tokens to write")
    parser.add_argument("--temperature", type=float, default=1.0, metavar="T", help="below 1: safer; 0: the best only")
    parser.add_argument("--top-k", type=int, metavar="K", help="draw among the K best tokens")
    parser.add_argument("--seed", type=int, default=0, help="the same seed writes the same text")
    parser.add_argument("--weights", default="best", metavar="NAME", help="best, last, snapshot-1 ...")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args(argv)
    try:
        folder = find(arguments.run)
        text = written(folder, arguments)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        names = ("prompt", "length", "temperature", "top_k", "seed", "weights")
        given = {name: getattr(arguments, name) for name in names}
        print(json.dumps({"run": folder.name, **given, "text": text}))
    else:
        print(text)
    return 0


def written(folder: Path, arguments: argparse.Namespace) -> str:
    """Return the prompt and what the model goes on with.

    Raises:
        ValueError: The run has no language model or no such weights, or an argument is wrong.
    """
    import torch

    from runner.recorded import config
    from runner.sample import sample

    if arguments.length < 0:
        raise ValueError(f"--length must be >= 0, got {arguments.length}")
    model, data = language_model(folder, arguments.weights)
    prompt = arguments.prompt.lower() if config(folder)["dataset"].get("lower") else arguments.prompt
    ids, unknown = encode(prompt, data.tokens) if prompt else ([beginning(data.tokens)], "")
    if unknown:
        print(f"note: the run does not know {unknown!r}: read as its unknown token", file=sys.stderr)
    found = sample(
        model,
        ids,
        arguments.length,
        arguments.temperature,
        arguments.top_k,
        torch.Generator().manual_seed(arguments.seed),
        remembered(model, data),
    )
    return (arguments.prompt or decode(ids, data.tokens)) + decode(found, data.tokens)


def language_model(folder: Path, weights: str) -> tuple[nn.Module, Data]:
    """Return a run's model and the facts of its data.

    Raises:
        ValueError: It is no language model, there are no such weights, or the text is no longer the one that was
            learned.
    """
    from runner.build import make_model
    from runner.make import make
    from runner.verb.predict import buildable, trained

    cfg = buildable(folder)
    data: Data = make(cfg.dataset)
    if not data.next_token:
        raise ValueError(f"{folder.name} learned {data.task} on dataset {data.name}: only a language model writes text")
    known = read_json(folder / "environment.json").get("data", {}).get("classes")
    if known is not None and tuple(known) != data.tokens:
        raise ValueError(f"the text of {folder.name} has changed: it no longer has the tokens that the run learned")
    return trained(make_model(cfg, data, make(cfg.task)), folder, [weights]), data


def remembered(model: nn.Module, data: Data) -> int | None:
    """Return how many tokens a model has to be shown each time; None for one that carries its state.

    A recurrent model that began every window anew in training carries its state here. Others are shown no more than a
    window of those that they learned from: places behind its end they have never seen.
    """
    window = data.shape[0]
    if hasattr(model, "stateful") and hasattr(model, "reset"):
        model.stateful = True  # type: ignore[assignment]
        return None
    context = getattr(model, "context", None if hasattr(model, "reset") else window)
    return None if context is None else min(context, window)


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
