"""What a dotted name means: the class or function statement behind it, through imports and re-exports."""

from __future__ import annotations

import ast
import functools
import sys
from dataclasses import dataclass
from pathlib import Path

from runner.check.module import SESSION, Module, Unknown, Unreadable, children, load, submodule
from runner.check.suggest import did_you_mean


@dataclass(frozen=True)
class Definition:
    """A class or function statement, and the module around it."""

    module: Module
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    owner: ast.ClassDef | None = None  # of a method


def definition(dotted: str) -> Definition:
    """Return the statement that defines ``package.module.name`` (or ``.Class.method``).

    Raises:
        Unknown: A part of it does not exist.
        Unreadable: It cannot be told without an import.
    """
    if not all(part.isidentifier() for part in dotted.split(".")) or "." not in dotted:
        raise Unknown(f"{dotted!r} is not of the form package.module.name")
    top, *rest = dotted.split(".")
    if top == SESSION:
        _defined_here(rest)
    found: Definition | Module = load(top)
    for part in rest:
        found = _member(found, part, 0) if isinstance(found, Module) else _method(found, part)
    if isinstance(found, Module):
        raise Unknown(f"{dotted} is a module, not something that can be called")
    return found


def _defined_here(names: list[str]) -> None:
    """Refuse what this session has not defined."""
    found: object = sys.modules[SESSION]
    for name in names:
        if not hasattr(found, name):
            known = [known for known, value in vars(found).items() if callable(value) and not known.startswith("_")]
            raise Unknown(
                f"no {name!r} in this process (what a notebook or script defines is known there alone; in a file of "
                f"its own, as mynet.py, it is mynet.{name} everywhere){did_you_mean(name, known)}"
            )
        found = getattr(found, name)


@functools.cache
def real_name(dotted: str) -> str:
    """Return the dotted name under which something is defined, through imports; the same if only an import can tell."""
    try:
        found = definition(dotted)
    except (Unknown, Unreadable):
        return dotted
    owner = [found.owner.name] if found.owner else []
    return ".".join([found.module.name, *owner, found.node.name])


def _method(owner: Definition, name: str) -> Definition:
    """Return a method that a class defines itself; what it inherits only an import can tell."""
    if owner.owner is None and isinstance(owner.node, ast.ClassDef):
        for node in owner.node.body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return Definition(owner.module, node, owner.node)
    raise Unreadable(f"{owner.module.name}.{owner.node.name}.{name}")


def lookup(module: Module, name: str, depth: int = 0) -> Definition | Module:
    """Return what a module means by a name, through imports and plain assignments.

    Raises:
        Unknown: It has no such name.
        Unreadable: The name is computed.
    """
    if depth > 20:  # imports in a circle
        raise Unreadable(f"{module.name}.{name}")
    statement = module.names.get(name)
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return Definition(module, statement)
    if isinstance(statement, ast.ImportFrom):
        source = next(a.name for a in statement.names if (a.asname or a.name) == name)
        return _member(load(module.absolute(statement)), source, depth)
    if isinstance(statement, ast.Import):
        alias = next(a for a in statement.names if (a.asname or a.name.partition(".")[0]) == name)
        return load(alias.name if alias.asname else name)
    if isinstance(statement, ast.Assign):
        return resolve(module, statement.value, depth)
    if statement is not None or "__getattr__" in module.names:
        raise Unreadable(f"{module.name}.{name}")
    inner = submodule(module, name)
    if inner is not None:
        return inner
    return _through_stars(module, name, depth)


def _member(module: Module, name: str, depth: int) -> Definition | Module:
    """Return what ``module.name`` is: what the module says, else its submodule."""
    statement = module.names.get(name)
    of_itself = isinstance(statement, ast.ImportFrom) and module.absolute(statement) == module.name
    inner = submodule(module, name) if statement is None or of_itself else None
    return inner or lookup(module, name, depth + 1)


def _through_stars(module: Module, name: str, depth: int) -> Definition | Module:
    for star in module.stars:
        try:
            return lookup(load(star), name, depth + 1)
        except Unknown:
            continue
    public = [known for known in (*module.names, *children(module)) if not known.startswith("_")]
    raise Unknown(f"no {name!r} in {module.path}{did_you_mean(name, public)}{_hidden(module)}")


def _hidden(module: Module) -> str:
    """Say that a module in the working directory has the name of an installed one, which is the one that is found."""
    top = module.name.partition(".")[0]
    for own in (Path(f"{top}.py"), Path(top, "__init__.py")):
        if own.is_file() and not module.path.is_relative_to(own.absolute().parent):
            return f" ({own} in this folder is hidden by it: give it another name)"
    return ""


def resolve(module: Module, expression: ast.expr, depth: int = 0) -> Definition | Module:
    """Return what ``Name`` or ``package.Name`` means inside a module."""
    if isinstance(expression, ast.Name):
        return lookup(module, expression.id, depth + 1)
    if isinstance(expression, ast.Attribute):
        owner = resolve(module, expression.value, depth)
        if isinstance(owner, Module):
            return _member(owner, expression.attr, depth)
    raise Unreadable(ast.unparse(expression))
