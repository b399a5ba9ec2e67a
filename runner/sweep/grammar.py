"""Hydra's grammar of searches: read, and written again. What Hydra itself would drop silently is kept."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.overrides_parser import OverridesParser, create_functions
from hydra.core.override_parser.types import (
    Glob,
    IntervalSweep,
    Override,
    Quote,
    QuotedString,
    RangeSweep,
    Sweep,
    Transformer,
)
from hydra.errors import HydraException

MANY = 100_000
"""More numbers of a range that are not whole are refused: they are counted one by one."""


def reader(loader: ConfigLoaderImpl | None = None) -> OverridesParser:
    """Return Hydra's parser, with functions that lose no tag and that take null for a value.

    In Hydra ``int(tag(log, range(1,9)))`` forgets the tag, a second tag the first, and ``choice(null,1)`` is an error.
    """
    functions = create_functions()
    for name in ("int", "float", "str", "bool", "tag"):
        functions.functions[name] = _keeping(functions.functions[name])
    for name in ("choice", "shuffle", "sort"):
        signature = functions.definitions[name]
        loose = [parameter.replace(annotation=Any) for parameter in signature.parameters.values()]
        functions.definitions[name] = signature.replace(parameters=loose)
    return OverridesParser(functions, loader)


def _keeping(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that hands the tags of what it is given, and that it is shuffled, on to what it returns."""

    @functools.wraps(function)
    def kept(*args: Any, **kwargs: Any) -> Any:
        given = [argument for argument in (*args, *kwargs.values()) if isinstance(argument, Sweep)]
        tags = set().union(*(sweep.tags for sweep in given))
        is_shuffled = any(getattr(sweep, "shuffle", False) for sweep in given)
        found = function(*args, **kwargs)
        if isinstance(found, Sweep):
            found.tags = found.tags | tags
            if is_shuffled:
                found.shuffle = True  # type: ignore[attr-defined]
        return found

    return kept


def elements(override: Override) -> list[str]:
    """Return the values of a list, a choice or a pattern, each as text that Hydra reads back.

    Raises:
        ValueError: There is none, or one of them is a list of values itself.
    """
    value = override._value
    found = list(override.sweep_iterator()) if isinstance(value, Glob) else list(value.list)  # type: ignore[union-attr]
    if not found:
        raise ValueError(f"nothing matches {override.get_value_string()}")
    if any(map(_holds_sweep, found)):
        raise ValueError(f"{override.get_value_string()} has a list of values inside a value")
    return [written(element) for element in found]


def _holds_sweep(element: Any) -> bool:
    inner = element.values() if isinstance(element, dict) else element if isinstance(element, list) else ()
    return isinstance(element, Sweep | Glob) or any(map(_holds_sweep, inner))


def numbers(sweep: RangeSweep) -> Sequence[float]:
    """Return the numbers of a range: whole ones as ``range``, others one by one, as Hydra counts them.

    Raises:
        ValueError: There is none, or no end of them.
    """
    start, stop, step = (float(number) for number in (sweep.start or 0, sweep.stop or 0, sweep.step))
    if step == 0 or not (isfinite(start) and isfinite(stop) and isfinite(step)):
        raise ValueError("it never ends: give a start, a stop and a step that leads from one to the other")
    counted = sweep.range()
    if not isinstance(counted, range) and (stop - start) / step > MANY:
        raise ValueError(f"it has more than {MANY:,} numbers: give an interval")
    found = counted if isinstance(counted, range) else tuple(counted)
    if not found:
        raise ValueError("it is empty: it ends before its stop")
    return found


def first(override: Override) -> str | None:
    """Return the first value of something to search, as text that Hydra reads back; None if it has none."""
    value = override._value
    try:
        if isinstance(value, IntervalSweep):
            return repr(value.start)
        return str(numbers(value)[0]) if isinstance(value, RangeSweep) else elements(override)[0]
    except ValueError:
        return None


def written(element: Any) -> str:
    """Return an element of a list as text that Hydra reads back: its own text for it, or quotes if that is none."""
    text = Transformer.str(element)
    try:
        if text:
            meaning(text)
            return text
    except HydraException:
        pass
    return Transformer.str(_quoted(element))


def _quoted(element: Any) -> Any:
    if isinstance(element, str):
        return QuotedString(element, Quote.single)
    if isinstance(element, list):
        return [_quoted(item) for item in element]
    return {key: _quoted(item) for key, item in element.items()} if isinstance(element, dict) else element


def meaning(text: str) -> str:
    """Return the value that a text stands for, such that it is the same for any way to write it: ``'a'`` is ``a``."""
    return repr(_parser().parse_override(f"x={text}").value())


@functools.cache
def _parser() -> OverridesParser:
    return OverridesParser.create()
