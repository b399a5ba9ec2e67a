"""``python -m tests.sweep.drive TASK WORDS...``: a search whose trials are one of ``tests.sweep.tasks``."""

import sys

from runner.check import report
from runner.command import read_command
from runner.compose import hydra_for
from runner.sweep.search import search
from runner.sweep.words import read_search


def main(task, *words):
    command = read_command(["-m", *words])
    with hydra_for(command) as loader:
        asked, problems = read_search(command, loader)
        if problems or asked is None:
            return report(problems)
        return search(command, loader, asked, task if "." in task else f"tests.sweep.tasks.{task}")


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:  # as in ``runner.cli``
        sys.exit(130)
