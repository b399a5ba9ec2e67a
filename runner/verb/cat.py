"""print the YAML of recipes and parts as it is written, comments and all"""

from __future__ import annotations

import argparse
import json
import sys

from runner.check.problem import Problem, report
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
    parser.add_argument("--config-dir", "-cd", metavar="DIR", help="a folder of your own groups")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    arguments = parser.parse_args(argv)
    try:
        found = [named(word, arguments.config_dir) for word in arguments.part]
        texts = [one.path.read_text(encoding="utf-8") for one in found]
    except (ValueError, OSError) as error:
        return report([Problem(str(error))])
    if arguments.json:
        rows = zip(found, texts, strict=True)
        print(json.dumps([{"name": one.name, "path": str(one.path), "text": text} for one, text in rows], indent=2))
    else:
        sys.stdout.write("\n".join(text if text.endswith("\n") else f"{text}\n" for text in texts))
    return 0
