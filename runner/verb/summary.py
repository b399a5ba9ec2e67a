"""show a model layer by layer: output shapes, parameters, and the work of a forward pass"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from runner.folder import find
from runner.stream import document
from runner.trust.given import add_trust
from runner.verb._arguments import add_output

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from runner.check import Problem
    from runner.dataset.data import Data
    from runner.inspect.flops import Layer

EXAMPLE = "runner summary model=cnn dataset=digits"

HEADER = ("layer", "type", "output", "parameters", "FLOPs")


def main(argv: list[str]) -> int:
    """Print a row for each layer of the model of a run, a recipe or overrides."""
    parser = argparse.ArgumentParser(
        prog="runner summary",
        usage="runner summary [-h] [-q] [--json] [RUN | RECIPE.yaml]\n"
        "                      [group=choice ...] [key=value ...]",
        description=__doc__,
        epilog=f"FLOPs: of one sample, twice its multiply-accumulates. example: {EXAMPLE}",
    )
    add_output(parser, quiet="print the number of parameters only")
    add_trust(parser)
    arguments, words = parser.parse_known_args(argv)
    from runner.check import Problem, report

    try:
        cfg, problems = configuration(words)
    except ValueError as error:
        return report([Problem(str(error))])
    if problems or cfg is None:
        return report(problems)
    data, found = measured(cfg)
    if arguments.json:
        document(described(data, found))
    elif arguments.quiet:
        print(f"{totals(found)['parameters']:.0f}")
    else:
        print(f"{cfg.model._target_.rpartition('.')[2]} on {data.name}, n x {' x '.join(map(str, data.shape))}\n")
        print("\n".join(table(found)))
    return 0


def configuration(words: list[str]) -> tuple[DictConfig | None, list[Problem]]:
    """Return what a run wrote down or what a command means, and what is wrong with it; on any machine.

    Raises:
        ValueError: There is no such run, it cannot be built here, or there are overrides for it.
    """
    from runner.configuration import buildable, composed
    from runner.verbs import loose

    if runs := loose(words):
        if len(words) > 1:
            raise ValueError(f"{runs[0]} is a run, with a configuration of its own: give nothing else")
        return buildable(find(runs[0])), []
    return composed(words, anywhere=True)


def measured(cfg: DictConfig) -> tuple[Data, list[Layer]]:
    """Build the dataset's facts and the model, and return the former and the layers of the latter."""
    from runner.build import make_model
    from runner.inspect.flops import layers
    from runner.make import make, shared
    from runner.optimizer.groups import groups

    data, task = make(cfg.dataset), make(cfg.task)
    model = make_model(cfg, data, task)
    groups(model, **shared(cfg, "optimizer"))  # marks what is frozen
    inputs, _ = data.example(2)
    return data, layers(model, inputs + 1 if len(data.tokens) > 1 else inputs)  # 0 may be padding: nothing to read


def described(data: Data, found: list[Layer]) -> dict[str, Any]:
    """Return everything as plain values."""
    from dataclasses import asdict

    return {"input": list(data.shape), "layers": [asdict(layer) for layer in found], "total": totals(found)}


def totals(found: list[Layer]) -> dict[str, float]:
    """Return the sums over all layers."""
    return {
        "parameters": sum(layer.trainable + layer.frozen for layer in found),
        "trainable": sum(layer.trainable for layer in found),
        "frozen": sum(layer.frozen for layer in found),
        "size": sum(layer.size for layer in found),
        "flops": sum(layer.flops for layer in found),
    }


def table(found: list[Layer], width: int = 80) -> list[str]:
    """Return the lines of a table that fits, if it can: a name too long for its column has a line of its own."""
    rows = [HEADER, *(row(layer) for layer in found)]
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    room = max(width - sum(widths[1:]) - 2 * len(widths[1:]), len(HEADER[0]))
    widths[0] = min(widths[0], room)
    lines = []
    for name, kind, *cells in rows:
        if len(name) > widths[0]:
            lines.append(name)
            name = ""
        numbers = "  ".join(f"{cell:>{size}}" for cell, size in zip(cells, widths[2:], strict=True))
        lines.append(f"{name:<{widths[0]}}  {kind:<{widths[1]}}  {numbers}")
    sums = totals(found)
    frozen = f", {sums['frozen']:,.0f} of them frozen" if sums["frozen"] else ""
    return [
        *lines,
        "",
        f"parameters  {sums['parameters']:,.0f}{frozen}",
        f"size        {short(sums['size'])}{'' if sums['size'] >= 1000 else ' '}B",
        f"FLOPs       {short(sums['flops'])} for a sample, forward",
    ]


def row(layer: Layer) -> tuple[str, str, str, str, str]:
    """Return the cells of a layer; a star marks parameters of which some are not trained."""
    shape = "-" if layer.shape is None else " x ".join(map(str, layer.shape))
    count = layer.trainable + layer.frozen
    parameters = f"{count:,}{'*' if layer.frozen else ''}" if count else "-"
    return layer.name or "(model)", layer.kind, shape, parameters, short(layer.flops) if layer.flops else "-"


def short(number: float) -> str:
    """Return a number in few characters: 12.3 M."""
    for size, unit in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= size:
            scaled = number / size
            return f"{scaled:,.{2 if scaled < 10 else 1 if scaled < 100 else 0}f}{unit}"
    return f"{number:.0f}"
