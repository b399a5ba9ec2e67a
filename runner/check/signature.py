"""A target's parameters, read from its source without importing it: the signature is the schema."""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import replace
from typing import Any

from runner.check.annotation import read_annotation
from runner.check.definition import Definition, definition, real_name, resolve
from runner.check.facts import SHARED
from runner.check.live import of_session
from runner.check.module import SESSION, Module, Unreadable, forget_changed
from runner.check.parameter import REQUIRED, Parameter, Signature


@functools.cache
def read_signature(target: str) -> Signature | None:
    """Return a target's signature, or None if only an import can tell.

    Raises:
        Unknown: There is no such target.
    """
    try:
        found = definition(target)
        if isinstance(found.node, ast.ClassDef):
            parameters, rest = _of_class(found)
        else:
            parameters, rest = _of_function(found, bound=found.owner is not None and not _has(found, "staticmethod"))
    except Unreadable:
        return of_session(target) if target.startswith(f"{SESSION}.") else None
    return Signature(target, {p.name: p for p in parameters}, rest, found)


def refresh() -> None:
    """Read files again that have changed, and what a session has defined: for a process that a user works in."""
    forget_changed()
    real_name.cache_clear()
    read_signature.cache_clear()


def signature_at(path: str, target: str) -> Signature | None:
    """Return the signature of a target at a place in the configuration: see ``with_shared``.

    Raises:
        Unknown: There is no such target.
    """
    signature = read_signature(target)
    return None if signature is None else with_shared(path, signature)


def with_shared(path: str, signature: Signature) -> Signature:
    """Return a signature with the keys that every choice of the group ``path`` has besides its own."""
    shared = read_signature(SHARED[path]) if path in SHARED else None
    if shared is None:
        return signature
    extra = {name: p for name, p in shared.parameters.items() if name != "model"}  # the model is not the user's to give
    return replace(signature, parameters={**signature.parameters, **extra})


Parameters = tuple[list[Parameter], bool]


def _of_class(found: Definition) -> Parameters:
    """Return the parameters of ``__init__``, of a dataclass's fields, or of the first base that has some."""
    node = found.node
    assert isinstance(node, ast.ClassDef)
    docs = doc_of_arguments(node)
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and method.name == "__init__":
            return _of_function(Definition(found.module, method, node), bound=True, docs=docs)
    if _has(found, "dataclass"):
        return _fields(found), False
    bases = [base for base in node.bases if not _is_plain(base)]
    for base in bases:
        inherited = resolve(found.module, base)
        if isinstance(inherited, Module):
            raise Unreadable(inherited.name)
        if isinstance(inherited.node, ast.ClassDef):
            parameters, rest = _of_class(inherited)
            if parameters or rest:
                return [Parameter(p.name, p.annotation, p.default, docs.get(p.name, p.doc)) for p in parameters], rest
    return [], False


def _is_plain(base: ast.expr) -> bool:
    """Tell bases that bring no ``__init__``: object, Protocol, ABC, Generic[...]."""
    text = ast.unparse(base).partition("[")[0].rpartition(".")[2]
    return text in ("object", "Protocol", "ABC", "Generic")


def _fields(found: Definition) -> list[Parameter]:
    node = found.node
    assert isinstance(node, ast.ClassDef)
    docs = doc_of_arguments(node)
    fields: dict[str, Parameter] = {}
    for base in node.bases:
        if _is_plain(base):
            continue
        inherited = resolve(found.module, base)
        if isinstance(inherited, Definition) and _has(inherited, "dataclass"):
            fields |= {field.name: field for field in _fields(inherited)}
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            name, text = item.target.id, ast.unparse(item.annotation)
            if "ClassVar" in text or "init=False" in ast.unparse(item):
                continue
            default = REQUIRED if item.value is None else _default(item.value)
            fields[name] = Parameter(name, read_annotation(found.module, item.annotation), default, docs.get(name, ""))
    return list(fields.values())


def _of_function(found: Definition, bound: bool, docs: dict[str, str] | None = None) -> Parameters:
    node = found.node
    assert not isinstance(node, ast.ClassDef)
    docs = {**(docs or {}), **doc_of_arguments(node)}
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(given.defaults)) + list(given.defaults)
    pairs = list(zip(positional, defaults, strict=True))[len(given.posonlyargs) or int(bound) :]
    pairs += zip(given.kwonlyargs, given.kw_defaults, strict=True)
    parameters = [
        Parameter(
            argument.arg,
            read_annotation(found.module, argument.annotation),
            REQUIRED if default is None else _default(default),
            docs.get(argument.arg, ""),
        )
        for argument, default in pairs
    ]
    return parameters, given.kwarg is not None


def _has(found: Definition, decorator: str) -> bool:
    """Tell whether a definition carries a decorator of that name, with or without arguments."""
    names = [ast.unparse(d.func if isinstance(d, ast.Call) else d) for d in found.node.decorator_list]
    return any(name.rpartition(".")[2] == decorator for name in names)


def _default(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)


def doc_of_arguments(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, str]:
    """Return what the ``Args:`` section of a Google-style docstring says of each parameter."""
    text = ast.get_docstring(node) or ""
    section = re.search(r"^Args:\n((?:[ \t]+.*\n?|\n)*)", text, re.MULTILINE)
    if section is None:
        return {}
    docs: dict[str, str] = {}
    indent = re.match(r"[ \t]*", section[1])
    depth = len(indent[0]) if indent else 0
    for entry in re.split(rf"\n(?=[ \t]{{{depth}}}\S)", section[1].rstrip()):
        names, _, words = entry.strip().partition(":")
        for name in names.split(","):
            docs[name.strip().lstrip("*")] = " ".join(words.split())
    return docs
