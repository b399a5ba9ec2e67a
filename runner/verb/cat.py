"""print the YAML of recipes and parts as it is written, comments and all"""

from __future__ import annotations

import argparse
import sys

from runner.check.problem import Problem, report
from runner.stream import document
from runner.verb._arguments import add_config_dir, add_output
from runner.vocabulary.named import named

EXAMPLE = "runner cat recipes/digits_cnn.yaml model=cnn"


def main(argv: list[str]) -> int:
    """Print each file."""
    parser = argparse.ArgumentParser(
        prog="runner cat",
        description=__doc__,
        epilog=f"the composed configuration: runner --cfg job. example: {EXAMPLE}",
    )
    parser.add_argument("part", nargs="+", help="a recipe's path, or a group=choice")
    add_config_dir(parser)
    add_output(parser, quiet="print the files' paths only", json="print one JSON array")
    arguments = parser.parse_args(argv)
    try:
        found = [named(word, arguments.config_dir) for word in arguments.part]
        texts = [one.path.read_text(encoding="utf-8") for one in found]
    except (ValueError, OSError) as error:
        return report([Problem(str(error))])
    if arguments.json:
        rows = zip(found, texts, strict=True)
        document([{"name": one.name, "path": str(one.path), "text": text} for one, text in rows], indent=2)
    elif arguments.quiet:
        print("\n".join(str(one.path) for one in found))
    else:
        sys.stdout.write("\n".join(text if text.endswith("\n") else f"{text}\n" for text in texts))
    return 0
