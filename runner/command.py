"""What a command asks for: its words sorted into recipe, overrides and flags.

Hydra's own entry point reports one error at a time and wants flags before overrides, so the command is read here;
``hydra.main`` gets it afterwards, in the order that it likes, for everything but a plain run.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from hydra._internal.utils import get_args_parser

from runner.folder import identity, run_of
from runner.home import CONF, RECIPES, all_recipes
from runner.vocabulary.own import own_parts
from runner.vocabulary.quoted import in_quotes
from runner.vocabulary.recipe import recipe_file

YAML = (".yaml", ".yml")
NEEDED = "needed"


class WrongCommand(ValueError):
    """The command itself cannot be read; the message is for the user."""


@dataclass(frozen=True)
class Command:
    """A training or a search as it was asked for.

    Attributes:
        recipe: The primary configuration, if it is not the packaged one.
        overrides: Everything of the form ``key=value``, in order.
        config_dir: A directory of the user's own groups, from ``--config-dir`` or ``RUNNER_CONFIG_DIR``.
        multirun: Whether ``-m`` was given.
        flags: Hydra's flags other than those above, in order.
        needed: Whether a run that has done the same already is to answer (``needed=true``): a word about this
            command, not about the experiment, which is why no configuration has it.
        quiet: Whether the result alone is to be told, in one line (``--quiet``).
        json: Whether it is to be told as one JSON document, and all else to go to the standard error (``--json``).
    """

    recipe: Path | None = None
    overrides: tuple[str, ...] = ()
    config_dir: Path | None = None
    multirun: bool = False
    flags: tuple[str, ...] = field(default=())
    needed: bool = False
    quiet: bool = False
    json: bool = False

    @property
    def directory(self) -> Path:
        """Where the primary configuration is."""
        return self.recipe.parent if self.recipe else CONF

    @property
    def recipe_word(self) -> list[str]:
        """The recipe as one would type it from here; nothing if there is none."""
        return [word_of(self.recipe)] if self.recipe else []

    @property
    def words(self) -> list[str]:
        """What is asked for, as a run records it: the recipe first."""
        return [*self.recipe_word, *self.overrides]

    @property
    def name(self) -> str:
        """The name of the primary configuration, as Hydra wants it."""
        return self.recipe.name if self.recipe else "config"


def word_of(recipe: Path) -> str:
    """Return a recipe's path as one would type it from here; of those that come with the package, from anywhere."""
    for above in (Path.cwd().resolve(), RECIPES.parent):
        if recipe.is_relative_to(above):
            return str(recipe.relative_to(above))
    return str(recipe)


def read_command(argv: list[str]) -> Command:
    """Sort a command line into its kinds of words; flags may stand anywhere.

    Raises:
        WrongCommand: There is an unknown flag, a second recipe, or a file or folder that does not exist.
    """
    parser = get_args_parser()
    parser.error = _refuse  # type: ignore[method-assign]
    parser.allow_abbrev = False  # --multi may be a mistake; it is not to be understood by one reader and not by another
    parser.add_argument("-q", "--quiet", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_intermixed_args(argv)
    recipes = [word for word in given.overrides if is_recipe(word)]
    if len(recipes) > 1:
        raise WrongCommand(
            f"one recipe at a time, got {' and '.join(recipes)}: one may inherit the other, see defaults"
        )
    try:
        own = own_parts(given.config_dir)
    except ValueError as error:
        raise WrongCommand(str(error)) from None
    flags = tuple(_other_flags(parser, argv, given.overrides))
    if flags and (given.json or given.quiet):
        raise WrongCommand(
            f"--{'json' if given.json else 'quiet'} is for trainings and searches: {flags[0]} shows something else"
        )
    return Command(
        recipe=find_recipe(recipes[0]) if recipes else _named(given.config_path, given.config_name),
        overrides=tuple(in_quotes(word) for word in given.overrides if not is_recipe(word) and not is_needed(word)),
        config_dir=own.resolve() if own else None,
        multirun=given.multirun,
        flags=flags,
        needed=_needed([word for word in given.overrides if is_needed(word)], given.multirun),
        quiet=given.quiet,
        json=given.json,
    )


def _refuse(message: str) -> NoReturn:
    raise WrongCommand(f"{message} (see: runner --help)")


def is_recipe(word: str) -> bool:
    """Tell a recipe's path from an override."""
    return word.endswith(YAML) and "=" not in word


def is_needed(word: str) -> bool:
    """Tell what is said about the command from what is said about the experiment."""
    return word.partition("=")[0] == NEEDED


def _needed(words: list[str], multirun: bool) -> bool:
    values = [word.partition("=")[2].lower() for word in words]
    if wrong := [word for word, value in zip(words, values, strict=True) if value not in ("true", "false")]:
        raise WrongCommand(f"{wrong[0]}: true answers from the record of a run that did the same already, or false")
    if "true" in values[-1:] and multirun:
        raise WrongCommand("needed=true is for trainings: a search with a sweep.name does nothing twice by itself")
    return "true" in values[-1:]


def find_recipe(word: str) -> Path:
    """Return the file that a recipe's path means: from here, or of those that come with the package."""
    path = recipe_file(word)
    if path is not None and (run := run_of(path)) is not None:
        name = identity(run)
        raise WrongCommand(f"{word} is the record of a run, no recipe: runner cp {name} my.yaml makes a recipe of it")
    if path is not None:
        return path
    from runner.check.suggest import did_you_mean

    names = [*all_recipes(), *(str(path) for path in Path().glob("*.yaml"))]
    raise WrongCommand(f"no recipe {word}{did_you_mean(word, names)}")


def _named(path: str | None, name: str | None) -> Path | None:
    """Return what Hydra's own ``--config-path`` and ``--config-name`` mean."""
    if path is None and name is None:
        return None
    stem = name or "config"
    return find_recipe(str(Path(path or CONF).resolve() / (stem if stem.endswith(YAML) else f"{stem}.yaml")))


def _other_flags(parser: ArgumentParser, argv: list[str], positional: list[str]) -> Iterator[str]:
    """Yield Hydra's remaining flags with their values: those that make it show something instead of training."""
    ours = {"-m", "--multirun", "-r", "--run", "-cd", "--config-dir", "-cp", "--config-path", "-cn", "--config-name"}
    ours |= {"-q", "--quiet", "--json"}
    words, skip = list(positional), False
    for word in argv:
        if words and word == words[0]:
            words.pop(0)
        elif word.startswith("-"):
            skip = word.partition("=")[0] in ours
            if not skip:
                yield word
        elif not skip:
            yield word


def elsewhere(command: Command) -> bool:
    """Tell whether one of Hydra's own launchers, or another sweeper, is to do a search: on a cluster, say."""
    return any(word.startswith(("hydra/launcher=", "hydra/sweeper=")) for word in command.overrides)
