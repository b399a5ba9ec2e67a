"""Modules read from their files, without importing anything: names, imports, what is inside a package."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path

from runner.check.suggest import did_you_mean

SESSION = "__main__"
"""The module of a notebook or script: what it defines is in no file that another process could import."""


class Unknown(ValueError):
    """There is no such module or attribute; the message says what is near."""


class Unreadable(Exception):
    """It may be there, but only an import can tell: compiled code, computed names."""


@dataclass(frozen=True)
class Module:
    """A module's place, and the names that its top level binds, each to the statement that binds it last."""

    name: str
    path: Path  # its file; of a namespace package, its folder
    names: dict[str, ast.stmt]
    stars: tuple[str, ...]

    @property
    def folder(self) -> Path | None:
        """Where its submodules are, if it is a package."""
        if self.path.is_dir():
            return self.path
        return self.path.parent if self.path.stem == "__init__" else None

    def absolute(self, node: ast.ImportFrom) -> str:
        """Return the absolute name of the module that a ``from`` statement in this one names."""
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        base = parts[: len(parts) - node.level + (1 if self.folder else 0)]
        return ".".join([*base, *([node.module] if node.module else [])])


@functools.cache
def load(name: str) -> Module:
    """Return a module by its absolute name, read from its file."""
    top, *parts = name.split(".")
    if top == SESSION:
        raise Unreadable(name)
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        here = [path.stem for path in Path().glob("*.py")]
        raise Unknown(f"no module {top!r} in this folder or installed{did_you_mean(top, [*here, 'runner'])}")
    locations = list(spec.submodule_search_locations or [])
    if spec.origin is not None and spec.origin.endswith(".py"):
        module = _parse(top, Path(spec.origin))
    elif locations:
        module = Module(top, Path(locations[0]), {}, ())
    else:
        raise Unreadable(name)
    for part in parts:
        inner = submodule(module, part)
        if inner is None:
            raise Unknown(f"no module {part!r} in {module.name}{did_you_mean(part, children(module))}")
        module = inner
    return module


_read: dict[Path, tuple[int, int] | None] = {}
"""The files that were read, and their state at that time."""


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def forget_changed() -> None:
    """Forget what was read if a file has changed since: a session goes on for hours."""
    invalidate_caches()  # of folders, whose files may be new
    if any(_stamp(path) != stamp for path, stamp in _read.items()):
        _read.clear()
        load.cache_clear()
        _parse.cache_clear()


def submodule(package: Module, part: str) -> Module | None:
    """Return a direct submodule, or None if the package has none of that name."""
    folder = package.folder
    if folder is None:
        return None
    for path in (folder / part / "__init__.py", folder / f"{part}.py"):
        if path.is_file():
            return _parse(f"{package.name}.{part}", path)
    if next(folder.glob(f"{part}.*.so"), None) or (folder / f"{part}.so").exists():
        raise Unreadable(f"{package.name}.{part}")
    if (folder / part).is_dir():
        return Module(f"{package.name}.{part}", folder / part, {}, ())
    return None


def children(module: Module) -> list[str]:
    """Return the names of a package's public submodules."""
    folder = module.folder
    if folder is None:
        return []
    files = [path for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()]
    return sorted(path.stem for path in files if not path.stem.startswith("_"))


@functools.cache
def _parse(name: str, path: Path) -> Module:
    _read[path] = _stamp(path)
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError) as error:
        line = f":{error.lineno}" if isinstance(error, SyntaxError) else ""
        raise Unknown(f"{path}{line} is not valid Python: {error.args[0]}") from None
    names: dict[str, ast.stmt] = {}
    stars: list[str] = []
    module = Module(name, path, names, ())
    for statement in _top_level(tree.body):
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            stars.append(module.absolute(statement))
        for bound in _bound(statement):
            names[bound] = statement
    return Module(name, path, names, tuple(stars))


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements, those inside ``if``, ``try`` and ``with`` included."""
    for statement in body:
        yield statement
        for field in ("body", "orelse", "finalbody"):
            if isinstance(statement, ast.If | ast.Try | ast.With):
                yield from _top_level(getattr(statement, field, []))
        for handler in getattr(statement, "handlers", []):
            yield from _top_level(handler.body)


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield statement.name
    elif isinstance(statement, ast.ImportFrom | ast.Import):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in statement.names if alias.name != "*")
    elif isinstance(statement, ast.Assign):
        yield from (target.id for target in statement.targets if isinstance(target, ast.Name))
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id
