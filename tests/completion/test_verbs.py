"""What is read from a verb's source is what its parser takes."""

import argparse
import importlib

import pytest

from runner.completion.verbs import read_verb
from runner.verbs import verbs


class Seen(Exception):
    """Ends a verb once its parser is complete."""


def parser_of(name, monkeypatch):
    seen = []

    def stop(self, *args, **kwargs):
        seen.append(self)
        raise Seen

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)
    monkeypatch.setattr(argparse.ArgumentParser, "parse_known_args", stop)
    with pytest.raises(Seen):
        importlib.import_module(f"runner.verb.{verbs()[name].stem}").main([])
    return seen[0]


@pytest.mark.parametrize("name", verbs())
def test_flags_and_positionals_are_those_of_the_parser(name, monkeypatch):
    parser = parser_of(name, monkeypatch)
    shown = [action for action in parser._actions if action.help != argparse.SUPPRESS]
    read = read_verb(verbs()[name])
    assert {flag for one in read.flags for flag in one.names} == {f for a in shown for f in a.option_strings}
    assert [one.names[0] for one in read.positionals] == [a.dest for a in shown if not a.option_strings]
    for action in shown:
        own = [
            one for one in (*read.flags, *read.positionals) if set(one.names) & {*action.option_strings, action.dest}
        ]
        assert own[0].choices == tuple(action.choices or ())
        assert own[0].takes == (action.nargs != 0)
        assert own[0].many == (action.nargs in ("*", "+"))
    assert read.about == parser.description.partition("\n")[0]


@pytest.mark.parametrize("name", verbs())
def test_every_verb_has_json_and_quiet_and_an_example(name, monkeypatch):
    parser = parser_of(name, monkeypatch)
    flags = {flag for action in parser._actions for flag in action.option_strings}
    assert {"--json", "--quiet", "-q"} <= flags
    assert "example" in parser.epilog or "runner completion" in parser.epilog
