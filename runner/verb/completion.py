"""print a script that completes verbs, flags, groups, choices, keys, values, recipes and runs"""

from __future__ import annotations

import argparse

from runner.stream import document
from runner.verb._arguments import add_output

EXAMPLE = 'eval "$(runner completion bash)"'


def main(argv: list[str]) -> int:
    """Print the script for a shell; or, when that script asks, what a word may become."""
    parser = argparse.ArgumentParser(
        prog="runner completion",
        description=__doc__,
        epilog=f"in ~/.bashrc or ~/.zshrc: {EXAMPLE}. in fish: runner completion fish | source",
    )
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="which shell")
    add_output(parser, quiet="print the script only, as it does anyway")
    parser.add_argument("--line", help=argparse.SUPPRESS)  # as far as it is typed
    parser.add_argument("--breaks", default="", help=argparse.SUPPRESS)  # characters at which bash ends a word
    arguments = parser.parse_args(argv)
    if arguments.line is not None:
        complete(arguments.shell, arguments.line, arguments.breaks)
        return 0
    from runner.completion.script import SCRIPTS

    script = SCRIPTS[arguments.shell]
    if arguments.json:
        document({"shell": arguments.shell, "script": script})
    else:
        print(script, end="")
    return 0


def complete(shell: str, line: str, breaks: str) -> None:
    """Print each candidate in the form that the shell's script reads."""
    from runner.completion.answer import answer
    from runner.completion.candidate import OPEN
    from runner.completion.line import escaped, split, typed_part
    from runner.verbs import verbs

    words, current, quote = split(line)
    done = 0 if quote else len(typed_part(current, breaks))
    for one in answer(words[1:], current, verbs()):
        if shell == "bash":  # it replaces the last part of a word, and adds neither quotes nor a space of its own
            rest = one.word[done:] if quote else escaped(one.word[done:])
            print(rest + ("" if one.word.endswith(OPEN) else f"{quote} "))
        else:
            print(f"{one.word}\t{' '.join(one.about.split())}")
