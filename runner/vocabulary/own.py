"""The folder of a user's own groups: what the command or a variable says, and where one lies that nobody has named.

A folder is never used because it is here: the working directory may be somebody else's.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from pathlib import Path

from runner.check.suggest import nearest
from runner.trust.printable import printable

VARIABLE = "RUNNER_CONFIG_DIR"


def own_parts(said: str | None) -> Path | None:
    """Return the folder of the user's own groups: that of ``--config-dir``, else of ``RUNNER_CONFIG_DIR``; or None.

    Raises:
        ValueError: There is no such folder.
    """
    found = said or os.environ.get(VARIABLE)
    if found and not Path(found).is_dir():
        raise ValueError(f"--config-dir {found}: no such folder" if said else f"{VARIABLE}={found}: no such folder")
    return Path(found) if found else None


def no_choice(group: str, choice: str, there: Iterable[str]) -> str:
    """Say that there is no such choice: which folder has it, else which one is meant, else what there is."""
    there = list(there)
    near = nearest(choice, there)
    named = f"a class is named by {group}._target_={choice}" if "." in choice else ""
    hint = named or forgotten(group, choice) or (f"did you mean {near}?" if near else f"there is {', '.join(there)}")
    return f"{group}={choice}: no such {group}: {hint}"


def forgotten(group: str, choice: str) -> str:
    """Return which flag would bring a choice that is not known, if a folder of this one has it; empty: none has.

    Args:
        group: As ``model``, or ``sweep/pruner``.
        choice: That no folder has in which parts are looked for.
    """
    folders = [path for path in Path().glob("*/") if path.name[0] != "."]
    for folder in sorted(folders, key=lambda path: (path.name != "conf", path)):
        for ending in (".yaml", ".yml"):
            file = folder / group / f"{choice}{ending}"
            if file.is_file():
                name = shlex.quote(str(folder))
                return printable(f"{file} is one with --config-dir {name}, or once for all export {VARIABLE}={name}")
    return ""
