"""What a verb takes, read from its parser's source without importing it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Argument:
    """A flag or a positional argument.

    Attributes:
        names: ``--json``, or the one name of a positional.
        about: Its help, as far as it is plain text.
        choices: Its only values; empty: others.
        takes: Whether a flag has a value.
        many: Whether it takes several.
        kind: What its value is called, ``DIR``; of a number ``NUMBER``.
    """

    names: tuple[str, ...]
    about: str = ""
    choices: tuple[str, ...] = ()
    takes: bool = True
    many: bool = False
    kind: str = ""

    @property
    def is_flag(self) -> bool:
        """Tell flags from positional arguments."""
        return self.names[0].startswith("-")


@dataclass(frozen=True)
class Verb:
    """What can be said after a verb.

    Attributes:
        flags: With ``--help``.
        positionals: In order.
        words: Whether it takes the words of a training besides.
        usage: Of it, if it is written out.
        about: Its line in the help.
    """

    flags: list[Argument] = field(default_factory=list)
    positionals: list[Argument] = field(default_factory=list)
    words: bool = False
    usage: str = ""
    about: str = ""


HELP = Argument(("-h", "--help"), "show the help", takes=False)

SHARED = ("verb/_arguments.py", "trust/given.py")
"""Where functions are that give a parser what several verbs have: ``add_output(parser, quiet=...)``."""


def read_verb(path: Path) -> Verb:
    """Return what the parser in a verb's file takes."""
    tree = ast.parse(path.read_bytes())
    found = Verb([HELP], about=(ast.get_docstring(tree) or "").partition("\n")[0], **_usage(tree))
    for node, words in _calls(tree):
        keywords = {
            word.arg: words.get(word.value.id, word.value) if isinstance(word.value, ast.Name) else word.value
            for word in node.keywords
        }
        hidden = "SUPPRESS" in ast.unparse(keywords["help"]) if "help" in keywords else False
        argument = _argument(node, keywords)
        if argument is not None and not hidden:
            (found.flags if argument.is_flag else found.positionals).append(argument)
    return found


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, dict[str | None, ast.expr]]]:
    """Yield each call of ``add_argument``, also in shared functions, and what names stand for in these."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            yield node, {}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in shared():
            function = shared()[node.func.id]
            names, values = [one.arg for one in function.args.kwonlyargs], function.args.kw_defaults
            unless = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            given = {word.arg: word.value for word in node.keywords}
            yield from ((call, {**unless, **given}) for call, _ in _calls(function))


@functools.cache
def shared() -> dict[str, ast.FunctionDef]:
    """Return the functions that give a parser what several verbs have, by name."""
    trees = [ast.parse((PACKAGE / name).read_bytes()) for name in SHARED]
    functions = [one for tree in trees for one in tree.body if isinstance(one, ast.FunctionDef)]
    return {one.name: one for one in functions if one.name.startswith("add_")}


def _usage(tree: ast.Module) -> dict[str, Any]:
    words, usage = False, ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            words |= isinstance(node.func, ast.Attribute) and node.func.attr == "parse_known_args"
            for keyword in node.keywords:
                if keyword.arg == "usage":
                    usage = _text(keyword.value) or _constant(tree, ast.unparse(keyword.value))
    return {"words": words, "usage": usage}


def _constant(tree: ast.Module, name: str) -> str:
    for item in tree.body:
        if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == name:
            return _text(item.value)
    return ""


def _argument(node: ast.Call, keywords: dict[str | None, ast.expr]) -> Argument | None:
    names = tuple(_text(arg) for arg in node.args)
    if not names or not all(names):
        return None
    action = _text(keywords["action"]) if "action" in keywords else ""
    nargs = _text(keywords["nargs"]) if "nargs" in keywords else ""
    try:
        choices = tuple(map(str, ast.literal_eval(keywords["choices"]))) if "choices" in keywords else ()
    except ValueError:
        choices = ()
    about = _text(keywords["help"]) if "help" in keywords else ""
    if "action" in keywords and ast.unparse(keywords["action"]).endswith("BooleanOptionalAction"):
        return Argument((*names, *(name.replace("--", "--no-") for name in names)), about, choices, takes=False)
    kind = _text(keywords["metavar"]) if "metavar" in keywords else ""
    if "type" in keywords and ast.unparse(keywords["type"]) in ("int", "float"):
        kind = "NUMBER"
    return Argument(names, about, choices, not action.startswith("store_"), nargs in ("*", "+"), kind)


def _text(node: ast.expr) -> str:
    """Return a string as it is in the source; of an f-string its plain parts."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else "..." for part in node.values)
    return ""
