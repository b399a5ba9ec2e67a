"""Parameter groups: what is trained, at which share of the rate, and what is decayed."""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from torch import nn

from runner.types import NonNegative

Named = list[tuple[str, nn.Parameter]]


def groups(
    model: nn.Module, freeze: list[str] | None = None, rates: dict[str, NonNegative] | None = None
) -> list[dict[str, Any]]:
    """Return parameter groups: for each multiple of the rate one with weight decay and one without.

    Biases and the scales of normalisations (every parameter with fewer than two dimensions) are not decayed: they
    do not multiply features, so a pull to zero only distorts them (Bag of Tricks, arXiv 1812.01187, section 3.1).
    Frozen parameters are left out; an empty group is too.

    Patterns are those of a shell (``layers.0.*``, ``*.bias``) and are held against the names in
    ``model.named_parameters()``. A parameter with two names, such as a tied embedding, goes by either.

    Args:
        model: Without a wrapper: its parameters' names are what the patterns mean.
        freeze: Patterns of parameters that are not trained: gradients are no longer computed for them. The running
            statistics of a frozen batch normalisation still follow the data; only a model that keeps that layer in
            evaluation mode holds them too.
        rates: Pattern -> multiple of the learning rate, the first pattern that fits counts; 1 where none does
            (discriminative learning rates: Howard, Ruder, arXiv 1801.06146, section 3.2). A group bears its
            multiple as "multiple", and ``runner.schedule.schedule`` applies it.

    Raises:
        ValueError: A pattern matches no parameter, or nothing is left to train.
    """
    named: Named = list(model.named_parameters(remove_duplicate=False))
    for pattern in freeze or []:
        for parameter in _matching(named, pattern, "freeze"):
            parameter.requires_grad_(False)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if freeze and not trained:
        raise ValueError(f"optimizer.freeze: {freeze} leaves no parameter to train: spare one, such as {named[-1][0]}")
    if not rates:
        return _split(trained)
    multiples = dict.fromkeys(trained, 1.0)
    for pattern, multiple in reversed(rates.items()):  # the first is written last, over the others
        multiples |= dict.fromkeys(_matching(named, pattern, "rates"), float(multiple))
    return [
        {**group, "multiple": multiple}
        for multiple in dict.fromkeys(multiples[parameter] for parameter in trained)
        for group in _split([parameter for parameter in trained if multiples[parameter] == multiple])
    ]


def _split(trained: list[nn.Parameter]) -> list[dict[str, Any]]:
    decayed = [parameter for parameter in trained if parameter.dim() >= 2]
    plain = [parameter for parameter in trained if parameter.dim() < 2]
    split: list[dict[str, Any]] = [{"params": decayed}, {"params": plain, "weight_decay": 0.0}]
    return [group for group in split if group["params"]]


def _matching(named: Named, pattern: str, key: str) -> list[nn.Parameter]:
    found = [parameter for name, parameter in named if fnmatchcase(name, pattern)]
    if not found:
        raise ValueError(f"optimizer.{key}: {pattern!r} matches no parameter: {_hint(pattern, named)}")
    return found


def _hint(pattern: str, named: Named) -> str:
    """Return what was probably meant: parameters or whole modules with like names, else the first of all."""
    names = [name for name, _ in named]
    parents = {".".join(parts[:end]) for parts in (name.split(".") for name in names) for end in range(1, len(parts))}
    near = get_close_matches(pattern, [*names, *sorted(f"{parent}.*" for parent in parents)], n=3)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"there is {', '.join(names[:6])}{' ...' if len(names) > 6 else ''}"
