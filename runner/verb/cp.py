"""copy a recipe or a part, to make it your own; what a recipe inherits from its neighbours comes along"""

from __future__ import annotations

import argparse
from pathlib import Path

from runner.check.problem import Problem, report
from runner.stream import document
from runner.verb._arguments import add_config_dir, add_output
from runner.vocabulary.named import Named, named
from runner.vocabulary.part import YAML

EXAMPLE = "runner cp recipes/ladder/4_deeper.yaml my.yaml"


def main(argv: list[str]) -> int:
    """Write the copy, and print the command that uses it."""
    parser = argparse.ArgumentParser(
        prog="runner cp",
        description=__doc__,
        epilog=f"examples: {EXAMPLE}; runner cp model=cnn conf/model/mine.yaml",
    )
    parser.add_argument("part", help="a recipe's path, or a group=choice")
    parser.add_argument("to", help="the new file; of a part conf/GROUP/NAME.yaml; or a folder")
    add_config_dir(parser)
    parser.add_argument("--force", action="store_true", help="replace what is there")
    add_output(parser, quiet="print the new file's path only")
    arguments = parser.parse_args(argv)
    try:
        source = named(arguments.part, arguments.config_dir)
        to = _target(source, arguments.to, arguments.force)
        command = _command(source, to)
        text = _text(source)
    except ValueError as error:
        return report([Problem(str(error))])
    from runner.folder import write_text

    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        write_text(to, text)
    except OSError as error:
        return report([Problem(f"{to} cannot be written: {error.strerror or error}")])
    if arguments.json:
        document({"from": str(source.path), "to": str(to), "command": command})
    else:
        print(f"{to}" if arguments.quiet else f"{to}\nnext  {command}")
    return 0


def _target(source: Named, word: str, force: bool) -> Path:
    """Return the file to write.

    Raises:
        ValueError: It is no YAML file, or there already.
    """
    to = Path(word)
    if word.endswith("/") or to.is_dir():
        to = to / source.path.name
    if to.suffix not in YAML:
        raise ValueError(f"{to} must end in .yaml, or it will not be found")
    if to.exists() and to.samefile(source.path):
        raise ValueError(f"{to} is the same file")
    if to.exists() and not force:
        raise ValueError(f"{to} is there already: take another name, or --force")
    return to


def _command(source: Named, to: Path) -> str:
    """Return the command that uses the copy.

    Raises:
        ValueError: Where it would be no part is found.
    """
    if not source.group:
        return f"runner {to}"
    parts = tuple(source.group.split("/"))
    above = to.parent.parts
    if above[-len(parts) :] != parts:
        raise ValueError(f"{to}: a {source.group} is found in a folder of that name: conf/{source.group}/{to.name}")
    folder = Path(*above[: -len(parts)])
    return f"runner --config-dir {folder} {source.group}={to.stem}"


def _text(source: Named) -> str:
    from runner.vocabulary.standalone import standalone

    return source.path.read_text(encoding="utf-8") if source.group else standalone(source.path, source.name)
