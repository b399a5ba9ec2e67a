"""copy a recipe, a part, or what a run trained with, to make it your own; what is inherited comes along"""

from __future__ import annotations

import argparse
from pathlib import Path

from runner.check.problem import Problem, report
from runner.folder import run_of
from runner.stream import document
from runner.trust.given import add_trust
from runner.verb._arguments import add_config_dir, add_output
from runner.vocabulary.named import Named, named
from runner.vocabulary.part import YAML

EXAMPLE = "runner cp recipes/ladder/4_deeper.yaml my.yaml"


def main(argv: list[str]) -> int:
    """Write the copy, and print the command that uses it."""
    parser = argparse.ArgumentParser(
        prog="runner cp",
        description=__doc__,
        epilog=f"examples: {EXAMPLE}; runner cp model=cnn conf/model/mine.yaml; runner cp latest again.yaml, and then "
        "runner again.yaml seed=1: a run's choices and values as a recipe; of a sweep those of its best trial.",
    )
    parser.add_argument("part", help="a recipe's path, a group=choice, or a run or a sweep")
    parser.add_argument("to", help="the new file; of a part conf/GROUP/NAME.yaml; or a folder")
    add_config_dir(parser)
    parser.add_argument("--force", action="store_true", help="replace what is there")
    add_output(parser, quiet="print the new file's path only")
    add_trust(parser)
    arguments = parser.parse_args(argv)
    try:
        source = _source(arguments.part, arguments.config_dir)
        to = _target(source, arguments.to, arguments.force)
        command = _command(source, to)
        text = _text(source, to)
    except ValueError as error:
        return report([Problem(str(error))])
    from runner.durable import write_text

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


def _source(word: str, config_dir: str | None) -> Named:
    """Return what a word means: a recipe, a part, or a run's record.

    Raises:
        ValueError: There is no such thing.
    """
    from runner.gate.measured import folder_of

    try:
        return named(word, config_dir)
    except ValueError as error:
        if "=" in word or word.endswith(YAML):
            raise
        try:
            return Named(word, folder_of(word) / "config.yaml")
        except (ValueError, ConnectionError) as other:
            raise other if "no run or sweep" not in str(other) else ValueError(f"{error}; {other}") from None


def _target(source: Named, word: str, force: bool) -> Path:
    """Return the file to write.

    Raises:
        ValueError: It is no YAML file, or there already.
    """
    to = Path(word)
    if word.endswith("/") or to.is_dir():
        run = run_of(source.path)
        to = to / (f"{run.name}.yaml" if run else source.path.name)
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


def _text(source: Named, to: Path) -> str:
    """Return what the copy says.

    Raises:
        ValueError: It cannot be told in one file, or a run from elsewhere names what only the user may name.
    """
    if run := run_of(source.path):
        from runner.configuration import recorded
        from runner.recipe import copied, of_run

        return of_run(run, copied(recorded(run), run), to)
    from runner.vocabulary.standalone import standalone

    return source.path.read_text(encoding="utf-8") if source.group else standalone(source.path, source.name)
