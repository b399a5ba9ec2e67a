"""send what a tracking store is missing of a run or a sweep"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import Any

from runner.configuration import recorded
from runner.durable import read_json
from runner.folder import OUTPUTS, all_runs, all_sweeps, find, identity, is_live, is_sweep
from runner.redact import Redacting, remember
from runner.secret import MASK
from runner.stream import document
from runner.tracking import store
from runner.tracking.claim import claimed, owner
from runner.tracking.follow import Follower
from runner.tracking.replay import Replay
from runner.tracking.sweep import SweepReplay
from runner.trust.foreign import is_ours, of_address, of_links, refuse
from runner.trust.given import add_trust, trust_all
from runner.verb._arguments import add_output

EXAMPLE = "runner sync latest"
log = logging.getLogger("runner.verb.sync")


def main(argv: list[str]) -> int:
    """Replay run folders into their stores; 0 when those have everything."""
    parser = argparse.ArgumentParser(prog="runner sync", description=__doc__, epilog=f"example: {EXAMPLE}")
    parser.add_argument(
        "run", nargs="*", help="a run's or a sweep's folder, its id, the beginning of its id, or latest"
    )
    parser.add_argument("--all", action="store_true", help="every run and every sweep under outputs/")
    parser.add_argument("--uri", help="the store; else the run's own, MLFLOW_TRACKING_URI, or outputs/mlflow.db")
    parser.add_argument("--experiment", help="the experiment in the store; else the run's own")
    parser.add_argument(
        "--no-model", action="store_true", help="do not log the best model (of a sweep, the best trial's)"
    )
    add_output(parser, quiet="say nothing if it worked", json="print one JSON array")
    parser.add_argument("--follow", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--system-metrics", action="store_true", help=argparse.SUPPRESS)
    add_trust(parser)
    arguments = parser.parse_args(argv)
    if arguments.follow:
        trust_all()  # only the process that trains says so, and it has checked what it trains
    if bool(arguments.run) == arguments.all:
        parser.error("name a run, or --all")
    if arguments.follow:
        return follow(Path(arguments.run[0]).resolve(), arguments)
    try:
        folders = everything() if arguments.all else list(dict.fromkeys(named(run) for run in arguments.run))
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    sent = [sync(folder, arguments) for folder in folders]
    if arguments.json:
        document([found for _, found in sent if found])
    return max((code for code, _ in sent), default=0)


def everything() -> list[Path]:
    """Return every run and every sweep; trials are sent with their sweeps."""
    return sorted([*all_sweeps(OUTPUTS), *(run for run in all_runs() if owner(run) == run)])


def named(reference: str) -> Path:
    """Return the folder of a sweep or of a run.

    Raises:
        ValueError: Nothing, or more than one of them, has that name.
    """
    for path in (Path(reference), OUTPUTS / reference):
        if is_sweep(path):
            return path.resolve()
    sweeps = [path for path in all_sweeps(OUTPUTS) if path.name.startswith(reference)] if reference else []
    runs = [path for path in all_runs() if path.name.startswith(reference) and owner(path) == path]
    if len(sweeps) > 1 or (sweeps and runs):
        raise ValueError(f"{reference!r} begins several: {', '.join(path.name for path in [*sweeps, *runs])}")
    return sweeps[0] if sweeps else find(reference)


def sync(folder: Path, arguments: argparse.Namespace) -> tuple[int, dict[str, Any]]:
    """Send one run or sweep, say where it is, and return the exit code and what is known of it."""
    try:
        replay = replayed(folder, arguments)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2, {}
    failure = ""
    with claimed(folder, wait=False) as ours:
        if not ours:
            failure = "another process is sending it"
        else:
            try:
                (replay.push if is_live(folder) else replay.finish)()
            except store.Unreachable as error:
                failure = str(error)
    known = read_json(folder / "tracking.json")
    if failure and not arguments.json:
        print(f"error: {identity(folder)}: {failure}", file=sys.stderr)
    elif not (arguments.json or arguments.quiet):
        state = "complete" if known["complete"] else f"up to date, the {kind(folder)} goes on"
        print(f"{identity(folder)}  {state}  {known['uri']}  {known['run_id']}")
    return int(bool(failure)), {"run": identity(folder), **known, "error": failure or None}


def kind(folder: Path) -> str:
    return "sweep" if is_sweep(folder) else "run"


def follow(folder: Path, arguments: argparse.Namespace) -> int:
    """Be the process beside a run or a sweep that trains."""
    remember(())
    said = logging.StreamHandler()
    said.setFormatter(Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[said], level=logging.INFO)
    try:
        return Follower(replayed(folder, arguments), arguments.system_metrics)()
    except Exception:
        log.exception("this process has failed; to complete the record: runner sync %s", identity(folder))
        return 1


def replayed(folder: Path, arguments: argparse.Namespace) -> Replay | SweepReplay:
    """Return the replay that the arguments ask for, or else the run's own configuration."""
    wanted = settings(folder)
    known = read_json(folder / "tracking.json").get("uri")
    before = known if known and MASK not in known else None  # a run stays where it was begun
    check_leaving(folder, *([] if arguments.uri else [wanted.get("uri"), before]))
    uri = store.choose(arguments.uri or wanted.get("uri") or before, folder)
    experiment = arguments.experiment or wanted.get("experiment") or "runner"
    log_model = not arguments.no_model and wanted.get("log_model", True)
    if is_sweep(folder):
        return SweepReplay(folder, uri, experiment, log_model, live=arguments.follow)
    return Replay(folder, uri, experiment, log_model)


def check_leaving(folder: Path, *uris: str | None) -> None:
    """Refuse to send a run or a sweep from elsewhere to where its own files say, or to write through their links.

    Raises:
        ValueError: They name another store than the one that is used without them, or there are links.
    """
    if not is_ours(folder):
        usual = [os.environ.get("MLFLOW_TRACKING_URI")]
        addresses = [found for uri in uris for found in of_address("its store", uri, usual)]
        refuse(identity(folder), [*of_links(folder), *addresses])


def settings(folder: Path) -> dict[str, Any]:
    """Return what the run's configuration says about tracking; variables of the environment are read now.

    A sweep has no configuration: its process has noted what was in force. A trial is sent to where its sweep is.
    """
    from omegaconf import DictConfig, OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    sweep = owner(folder)
    if is_sweep(sweep):
        noted: dict[str, Any] = read_json(sweep / "tracking.json").get("settings") or {}
        if noted or sweep == folder:
            return noted
    node = OmegaConf.select(recorded(folder), "callback.mlflow")
    if not isinstance(node, DictConfig):
        return {}
    found: dict[str, Any] = {}
    for key in node:
        try:
            found[str(key)] = node[key]
        except OmegaConfBaseException:  # the variable is not set here
            found[str(key)] = None
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
