"""write a JSON Schema for recipes and for each group, by which an editor completes and checks YAML"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from runner.check.problem import Problem, report
from runner.figure.fold import fold
from runner.stream import document
from runner.verb._arguments import add_config_dir, add_output

EXAMPLE = "runner schema"

FOLDER = Path(".runner-schema")


def main(argv: list[str]) -> int:
    """Print one schema, or write all of them and say how an editor finds them."""
    parser = argparse.ArgumentParser(
        prog="runner schema",
        description=__doc__,
        epilog=f"examples: {EXAMPLE}; runner schema model > model.json",
    )
    parser.add_argument("schema", nargs="?", help="a group, or recipe: print this one; else all are written")
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"write into this folder; {FOLDER} unless told")
    add_config_dir(parser)
    add_output(parser, quiet="print the paths only", json="print one JSON object, of all a schema by its name")
    arguments = parser.parse_args(argv)
    from runner.schema.document import RECIPE
    from runner.schema.document import document as schema_of
    from runner.schema.known import known
    from runner.vocabulary.own import own_parts
    from runner.vocabulary.part import groups, search_path

    try:
        folders = search_path(config_dir=own_parts(arguments.config_dir))
    except ValueError as error:
        return report([Problem(str(error))])
    names = [RECIPE, *groups(folders)]
    if arguments.schema is not None and arguments.schema not in names:
        from runner.check.suggest import did_you_mean

        return report([Problem(f"no schema {arguments.schema}{did_you_mean(arguments.schema, names)}")])
    vocabulary = known(folders)
    wanted = names if arguments.schema is None else [arguments.schema]
    made = {name: schema_of(name, vocabulary) for name in wanted}
    if arguments.out is None and (arguments.json or arguments.schema):
        document(made if arguments.schema is None else made[arguments.schema], indent=1)
        return 0
    return _write(made, arguments.out or FOLDER, arguments)


def _write(made: dict[str, dict[str, Any]], folder: Path, arguments: argparse.Namespace) -> int:
    """Write each schema, and print where it is and which files it is for."""
    from runner.durable import write_text

    files = {name: folder / f"{name.replace('/', '-')}.json" for name in made}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in files.items():
            write_text(path, json.dumps(made[name], indent=1) + "\n")
    except OSError as error:
        return report([Problem(f"{folder} cannot be written: {error.strerror or error}")])
    if arguments.json:
        document({name: str(path) for name, path in files.items()}, indent=1)
        return 0
    if arguments.quiet:
        print("\n".join(map(str, files.values())))
        return 0
    globs = {str(path): f"conf/{name}/*.yaml" for name, path in files.items()}
    if "recipe" in files:
        globs[str(files["recipe"])] = "recipes/**/*.yaml"
    text = f"{len(files)} schemas in {folder}. For the YAML extension of VS Code, in .vscode/settings.json:"
    print("\n".join([*fold(text), ""]))
    print(json.dumps({"yaml.schemas": globs}, indent=2))
    print("\nor, for one file, as its first line:\n")
    print(f"# yaml-language-server: $schema={next(iter(files.values())).resolve()}")
    return 0
