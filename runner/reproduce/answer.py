"""``needed=true``: the run that has done already what a command asks for.

The same is the same configuration, by its hash; the same code, by the content of what was imported; the same packages
that results come from; the same files that the configuration names; and the same data. These are loaded to be known,
if a run agrees in all else: a size and a time would say less, and a dataset may be anybody's code. Nothing else needs
torch, so that a run that has to be trained loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.durable import read_json
from runner.folder import all_runs, identity, is_live
from runner.gate.measured import COMPLETE
from runner.past import earlier
from runner.recorded import config, config_hash, describe, flat
from runner.reproduce.then import Difference, decisive, same_code
from runner.secret import masked
from runner.told import sentence

if TYPE_CHECKING:
    from omegaconf import DictConfig


@dataclass(frozen=True)
class Answer:
    """A run that has done what was asked for.

    Attributes:
        folder: Of the run.
        summary: What came out; empty if it was killed.
        complete: Whether it came to its end; one that did not can be resumed.
    """

    folder: Path
    summary: dict[str, Any]
    complete: bool

    def lines(self) -> list[str]:
        """Return what came out, for people."""
        return [sentence(self.summary)]


class Wanted:
    """What a command asks for.

    Args:
        cfg: The configuration of the training.
    """

    def __init__(self, cfg: DictConfig) -> None:
        self.cfg = cfg
        self.written = masked(cfg)
        self.hash = config_hash(self.written)

    @cached_property
    def fingerprint(self) -> str:
        """The sha256 of the data as they are now."""
        from runner.make import make

        return str(make(self.cfg.dataset).load().fingerprint)

    def open_ended(self) -> str | None:
        """Return what of it the record cannot know, or None."""
        if self.written.get("batch_size") == "auto":
            return "batch_size=auto is looked for anew"
        values = {key: value for key, value in flat(self.written).items() if not key.startswith("callback.")}
        free = [key for key, value in values.items() if isinstance(value, str) and "${oc.env:" in value]
        return f"{free[0]} comes from the environment" if free else None

    def differing(self, folder: Path) -> Iterator[Difference]:
        """Yield what differs from what a run of the same configuration depended on; the data last."""
        then = read_json(folder / "environment.json")
        before = (then.get("data") or {}).get("fingerprint")
        if before is None or "code" not in then:
            yield Difference("record of code and data", None, "known")
            return
        yield from decisive(then)
        for part in earlier(folder):
            if part["changed"] or not same_code(part, then):
                yield Difference("one course from start to end", "resumed with changes", "wanted")
        if before != self.fingerprint:
            yield Difference("data fingerprint", before, self.fingerprint)


def find_answer(cfg: DictConfig, elsewhere: Path | None = None) -> tuple[Answer | None, str]:
    """Return the newest run that did what a configuration says, or the newest that began to; and a sentence about it.

    Args:
        cfg: Of the training.
        elsewhere: A folder outside of the outputs that may hold it.
    """
    wanted = Wanted(cfg)
    if reason := wanted.open_ended():
        return None, f"{reason}: no run answers for it"
    why = ""
    begun: Answer | None = None
    for folder in candidates(wanted.hash, elsewhere):
        status = describe(folder)["status"]
        complete = status in COMPLETE
        if not complete and not (status == "interrupted" and resumable(folder)):
            continue
        try:
            difference = next(wanted.differing(folder), None)
        except Exception as error:  # the data cannot be loaded: training will say it better
            return (
                None,
                f"the data cannot be loaded: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
            )
        if difference is not None:
            why = why or f"{identity(folder)} has this configuration, but {difference}"
        elif complete:
            return Answer(folder, read_json(folder / "summary.json"), True), f"{identity(folder)} has done it already"
        else:
            begun = begun or Answer(folder, read_json(folder / "summary.json"), False)
    if begun is not None:
        return begun, f"{identity(begun.folder)} has begun it and goes on"
    return None, why or "no run has this configuration"


def resumable(folder: Path) -> bool:
    """Tell whether a run that was interrupted can go on here; a trial goes on with its search."""
    return folder.parent.name != "trials" and (folder / "checkpoints" / "last.pt").exists()


def candidates(hashed: str, elsewhere: Path | None) -> Iterator[Path]:
    """Yield the folders of runs of a configuration that nobody is working in, the newest first."""
    own = [elsewhere.resolve()] if elsewhere is not None and (elsewhere / "config.yaml").is_file() else []
    for folder in dict.fromkeys([*own, *reversed(all_runs())]):
        known = read_json(folder / "summary.json").get("config_hash")
        try:
            same = (known or config_hash(config(folder))) == hashed
        except Exception:  # a file that somebody has broken is no answer
            continue
        if same and not is_live(folder):
            yield folder
