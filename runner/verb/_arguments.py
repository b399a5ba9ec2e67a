"""What the parsers of several verbs have in common; not a verb. Completion reads it from here."""

from __future__ import annotations

from argparse import ArgumentParser


def add_output(parser: ArgumentParser, *, quiet: str, json: str = "print one JSON object") -> None:
    """Give a verb the two flags that scripts want.

    Args:
        parser: Of the verb.
        quiet: What it prints then: the answer alone, or nothing if its exit code is one.
        json: What it prints then: one document.
    """
    parser.add_argument("--quiet", "-q", action="store_true", help=quiet)
    parser.add_argument("--json", action="store_true", help=json)


def add_run(parser: ArgumentParser, *, run: str = "a run's folder, its id, the beginning of its id, or latest") -> None:
    """Give a verb that looks at one run its first argument."""
    parser.add_argument("run", help=run)


def add_config_dir(parser: ArgumentParser) -> None:
    """Give a verb that looks at parts the folder of those that are the user's own."""
    parser.add_argument("--config-dir", "-cd", metavar="DIR", help="a folder of your own groups")
