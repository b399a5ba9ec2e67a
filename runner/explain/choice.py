"""Who chose a group's part: defaults lists, overrides in them, words of the command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.types import Override

from runner.check.meant import names_of
from runner.check.override import is_group

COMMAND = "command line"


@dataclass(frozen=True)
class Choice:
    """A group's choice that somebody made.

    Attributes:
        group: As in an override: ``model``, ``dataset@dataset.images``.
        value: The choices' names from then on; empty if the group was left out.
        place: file:line of the entry in a defaults list, or the word of the command.
        how: ``default``, ``override`` or ``command line``.
        own: Those of the names that are said there; callbacks add up.
    """

    group: str
    value: tuple[str, ...]
    place: str
    how: str
    own: tuple[str, ...]

    def __str__(self) -> str:
        one = self.value[0] if len(self.value) == 1 else f"[{','.join(self.value)}]"
        return f"{self.group}={one}" if self.value else f"no {self.group}"

    @property
    def by(self) -> str:
        """Where it was made, in words."""
        if self.how != COMMAND:
            return f"chosen at {self.place}"
        return COMMAND if self.place == str(self) else f"{self.place} ({COMMAND})"


Choices = dict[str, list[Choice]]
"""Every choice of each group, the winning one last."""


def add_chosen(
    choices: Choices, overrides: list[Override], typed: Mapping[str | None, str], loader: ConfigLoaderImpl
) -> None:
    """Add what the words of a command choose, in place, as ``runner.check.composition.for_hydra`` understands them.

    Args:
        choices: What the files choose.
        overrides: Of the command, valid ones.
        typed: How each of them was typed.
        loader: Of the command.
    """
    added: dict[str, list[str]] = {}
    for override in overrides:
        if override.is_sweep_override() or not is_group(override, loader):
            continue
        key = override.get_key_element().lstrip("+~")
        made, own = choices.setdefault(key, []), names_of(override)
        if override.is_add():
            value = [*(made[-1].value if made else ()), *own]
            added[key] = [*added.get(key, []), *own]
        else:
            value = [*own, *added.get(key, [])]
        made.append(Choice(key, tuple(dict.fromkeys(value)), typed[override.input_line], COMMAND, tuple(own)))


def who_named(made: list[Choice], name: str) -> Choice:
    """Return the last choice that says a name itself."""
    return next((choice for choice in reversed(made) if name in choice.own), made[-1])
