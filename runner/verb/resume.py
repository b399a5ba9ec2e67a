"""go on with a run from its last checkpoint, to the same bits"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from runner.folder import Busy, find, read_json
from runner.home import CONF
from runner.recorded import flat
from runner.recorded import overrides as overrides_of
from runner.secret import MASK

if TYPE_CHECKING:
    from omegaconf import DictConfig

EXAMPLE = "runner resume latest epochs=60"

FUTURE = ("epochs", "callback", "hardware")
"""What may change between two processes of one run: how long and on what, not what was computed so far."""


def main(argv: list[str]) -> int:
    """Resume a run; overrides that would change its past are refused."""
    parser = argparse.ArgumentParser(prog="runner resume", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument("run", help="a run's folder, its id, the beginning of its id, or latest")
    parser.add_argument("overrides", nargs="*", help=f"of {', '.join(FUTURE)}")
    arguments = parser.parse_args(argv)
    from runner.check import Problem, problems_of, report
    from runner.configuration import recorded as config_of

    try:
        folder = find(arguments.run)
        cfg = config_of(folder)
        refused = apply(cfg, arguments.overrides)
    except ValueError as error:
        refused = [str(error)]
    problems = [Problem(text) for text in refused] or problems_of(cfg)
    if problems:
        return report(problems)
    summary = read_json(folder / "summary.json")
    longer = any(override.startswith("epochs=") for override in arguments.overrides)
    complete = {"finished": summary.get("epochs", 0) >= cfg.epochs, "stopped": not longer}
    if complete.get(summary.get("status", "")):
        print(f"{folder.name} is already complete: {summary['epochs']} epochs, {summary['status']}")
        return 0
    from runner.launch import verdict
    from runner.train import train

    try:
        trained = train(cfg, folder, [*overrides_of(folder), *arguments.overrides])
    except Busy as error:
        return report([Problem(str(error))])
    return verdict(cfg, trained)


def apply(cfg: DictConfig, overrides: list[str]) -> list[str]:
    """Change the configuration in place and return what may not be changed, or does not exist."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException
    from omegaconf import OmegaConf

    problems = []
    for text in overrides:
        try:
            override = OverridesParser.create().parse_override(text)
        except HydraException as error:
            problems.append(f"{text}: {str(error).splitlines()[0]}")
            continue
        key = override.key_or_group
        if key.split(".")[0] not in FUTURE:
            problems.append(f"{text} would change the past of this run: only {', '.join(FUTURE)} may change")
        elif key == "hardware" and isinstance(override.value(), str):
            path = CONF / "hardware" / f"{override.value()}.yaml"
            if path.is_file():
                cfg.hardware = OmegaConf.load(path)
            else:
                choices = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml")))
                problems.append(f"{text}: there are {choices}")
        elif override.is_delete():
            OmegaConf.update(cfg, key, None)
        else:
            OmegaConf.update(cfg, key, override.value(), force_add=True)
    problems += [f"{key} is a secret that was not written down: give it again" for key in masked_keys(cfg)]
    return problems


def masked_keys(cfg: DictConfig) -> list[str]:
    """Return the dotted keys whose values were masked."""
    from omegaconf import OmegaConf

    written = OmegaConf.to_container(cfg, resolve=False)
    return [key for key, value in flat(written).items() if value == MASK]
