"""The signature of an object that is here already: compiled code, or a class that a notebook or script defines."""

from __future__ import annotations

import ast
import inspect
from functools import reduce
from pathlib import Path
from sys import modules
from typing import Any

from runner.check.annotation import read_annotation
from runner.check.definition import Definition
from runner.check.module import SESSION, Module
from runner.check.parameter import REQUIRED, Parameter, Signature

NOWHERE = Module("", Path(), {}, ())


def inspected(target: str, obj: Any) -> Signature | None:
    """Return the signature of an object; None if it does not tell, as some compiled functions.

    Args:
        target: Its dotted name.
        obj: What it names.
    """
    try:
        parameters = inspect.signature(obj).parameters.values()
    except (TypeError, ValueError):
        return None
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    read = {p.name: Parameter(p.name, _type(p), REQUIRED if p.default is p.empty else p.default) for p in named}
    statement = ast.ClassDef(target, [], [], [], [])
    return Signature(target, read, any(p.kind is p.VAR_KEYWORD for p in parameters), Definition(NOWHERE, statement))


def of_session(target: str) -> Signature | None:
    """Return the signature of what the notebook or script defines, by its name there, ``__main__.Net``."""
    return inspected(target, reduce(getattr, target.split(".")[1:], modules[SESSION]))


def _type(parameter: inspect.Parameter) -> Any:
    """Return what an annotation means where its text tells that, as everywhere; else anything goes."""
    if parameter.annotation is parameter.empty:
        return Any
    said = parameter.annotation
    text = said if isinstance(said, str) else inspect.formatannotation(said)
    try:
        return read_annotation(NOWHERE, ast.parse(text, mode="eval").body)
    except SyntaxError:
        return Any
