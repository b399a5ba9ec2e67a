"""write text with the language model of a run"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runner.folder import find
from runner.stream import document
from runner.trust.given import add_trust
from runner.verb._arguments import add_output, add_run

if TYPE_CHECKING:
    from torch import nn

    from runner.dataset.data import Data

EXAMPLE = "runner generate latest --prompt 'The ' --temperature 0.8"


def main(argv: list[str]) -> int:
    """Print the prompt and what the model goes on with."""
    parser = argparse.ArgumentParser(prog="runner generate", description=__doc__, epilog=f"example: {EXAMPLE}")
    add_run(parser)
    parser.add_argument("--prompt", default="", metavar="TEXT", help="what the text begins with; else a new line")
    parser.add_argument("--length", type=int, default=500, metavar="N", help="tokens to write")
    parser.add_argument("--temperature", type=float, default=1.0, metavar="T", help="below 1: safer; 0: the best only")
    parser.add_argument("--top-k", type=int, metavar="K", help="draw among the K best tokens")
    parser.add_argument("--seed", type=int, default=0, help="the same seed writes the same text")
    parser.add_argument("--weights", default="best", metavar="NAME", help="best, last, snapshot-1 ...")
    add_output(parser, quiet="print only what the model adds to the prompt")
    add_trust(parser)
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
        document({"run": folder.name, **given, "text": text})
    else:
        print(text.removeprefix(arguments.prompt) if arguments.quiet else text)
    return 0


def written(folder: Path, arguments: argparse.Namespace) -> str:
    """Return the prompt and what the model goes on with.

    Raises:
        ValueError: The run has no language model or no such weights, or an argument is wrong.
    """
    import torch

    from runner.inference.prompt import beginning, decode, encode
    from runner.inference.sample import remembered, sample
    from runner.recorded import config

    if arguments.length < 0:
        raise ValueError(f"--length must be >= 0, got {arguments.length}")
    model, data = language_model(folder, arguments.weights)
    prompt = arguments.prompt.lower() if config(folder)["dataset"].get("lower") else arguments.prompt
    ids, unknown = encode(prompt, data.tokens) if prompt else ([beginning(data.tokens)], "")
    if unknown and not arguments.quiet:
        print(f"note: the run does not know {unknown!r}: read as its unknown token", file=sys.stderr)
    found = sample(
        model,
        ids,
        arguments.length,
        arguments.temperature,
        arguments.top_k,
        torch.Generator().manual_seed(arguments.seed),
        remembered(model, data.shape[0]),
    )
    return (arguments.prompt or decode(ids, data.tokens)) + decode(found, data.tokens)


def language_model(folder: Path, weights: str) -> tuple[nn.Module, Data]:
    """Return a run's model and the facts of its data.

    Raises:
        ValueError: It is no language model, there are no such weights, or the text no longer has the tokens that were
            learned.
    """
    from runner.inference.saved import Saved

    run = Saved(folder)
    if not run.data.next_token:
        learned = f"{run.data.task} on dataset {run.data.name}"
        raise ValueError(f"{folder.name} learned {learned}: only a language model writes text")
    return run.model([weights]), run.data
