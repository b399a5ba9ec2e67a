"""write a run's model as files that need nothing of this package, with a card"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.export.form import chosen, form
from runner.folder import find
from runner.stream import document
from runner.trust.given import add_trust
from runner.verb._arguments import add_output, add_run

if TYPE_CHECKING:
    from runner.export.form import Form

EXAMPLE = "runner export latest --format pt2"


def main(argv: list[str]) -> int:
    """Write, check and describe; 1 if a file is not the checkpoint's model."""
    parser = argparse.ArgumentParser(
        prog="runner export",
        usage="runner export [-h] RUN [--format FORM] [--out DIR] [--weights NAME]\n"
        "                     [--tolerance X] [--license NAME] [--register NAME]\n"
        "                     [--alias NAME] [-q] [--json] [--trust NAME]",
        description=__doc__,
        epilog=f"example: {EXAMPLE}",
    )
    add_run(parser)
    parser.add_argument(
        "--format", default="pt2", metavar="FORM", help="pt2, onnx, state_dict, several with commas, or all"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="else export/ in the run's folder")
    parser.add_argument("--weights", default="best", metavar="NAME", help="best, last, snapshot-1 ...")
    parser.add_argument(
        "--tolerance", type=float, default=1e-4, metavar="X", help="largest difference, relative to outputs above 1"
    )
    parser.add_argument("--license", metavar="NAME", help="of the weights: apache-2.0, mit ...; else as given before")
    parser.add_argument("--register", metavar="NAME", help="a model in the registry of the run's tracking store")
    parser.add_argument("--alias", metavar="NAME", help="points to the registered version: champion")
    add_output(parser, quiet="print the files' paths only")
    add_trust(parser)
    arguments = parser.parse_args(argv)
    if not arguments.tolerance >= 0:
        parser.error(f"--tolerance must be >= 0, got {arguments.tolerance}")
    if arguments.alias and not arguments.register:
        parser.error("--alias is for --register NAME")
    if arguments.register and arguments.weights != "best":
        parser.error("--register takes the best weights, which the store has: leave --weights out")
    try:
        folder = find(arguments.run)
        out = arguments.out or folder / "export"
        if not out.resolve().parent.is_dir():
            raise ValueError(f"--out {out}: there is no folder {out.parent}")
        return export(folder, usable(arguments.format), out, arguments)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def usable(text: str) -> list[Form]:
    """Return the forms that were asked for; of ``all`` those whose packages are installed, with a note on the others.

    Raises:
        ValueError: There is no such form, or it needs a package that is not installed.
    """
    forms = [form(name) for name in chosen(text)]
    for lacking in [one for one in forms if one.missing()]:
        if text != "all":
            raise ValueError(lacking.lacks())
        print(f"note: left out: {lacking.lacks()}", file=sys.stderr)
        forms.remove(lacking)
    return forms


def export(folder: Path, forms: list[Form], out: Path, arguments: argparse.Namespace) -> int:
    """Write the files, register the model if that is wanted, and say what was done.

    Raises:
        ValueError: The run or its weights cannot be used.
    """
    from runner.configuration import check_leaving
    from runner.durable import write_json, write_text
    from runner.export.card import NO_LICENCE, card
    from runner.export.earlier import Earlier, files, in_order
    from runner.export.facts import describe
    from runner.export.subject import CannotExport, Subject
    from runner.export.write import Draft, write_forms
    from runner.inference.saved import Saved

    if arguments.register:
        from runner.export.registry import register, tracked

        tracked(folder)
    run = Saved(folder)
    if arguments.register:
        check_leaving(folder, run.cfg)
    subject = Subject.of(run, arguments.weights)
    earlier = Earlier(out, [one.name for one in forms])
    try:
        with Draft(out) as draft:
            differences = write_forms(subject, forms, draft.folder, arguments.tolerance)
            facts = describe(run, arguments.weights, differences) | {"digest": subject.digest}
            true, draft.outdated, changed = earlier.sort(facts)
            facts["license"] = arguments.license or earlier.licence(facts["run"]) or NO_LICENCE
            named = list(in_order({*differences, *true}))
            facts["check"] = {name: facts["check"].get(name) or earlier.checks[name] for name in named}
            facts["files"] = files(draft.folder, differences) | true
            write_json(draft.folder / "model.json", facts)
            write_text(draft.folder / "README.md", card(facts, map(form, named), facts["license"]))
    except OSError as error:
        raise ValueError(f"{out} cannot be written: {error.strerror}") from error
    except CannotExport as error:
        print(f"error: {error}. Nothing was written.", file=sys.stderr)
        return 1
    for path in draft.outdated:
        print(f"note: {os.path.relpath(path)} was removed: an earlier export, not of this model", file=sys.stderr)
    for path in changed:
        print(
            f"note: {os.path.relpath(path)} was changed since it was exported: left, not on the card", file=sys.stderr
        )
    stayed = [out / name for one in true.values() for name in one]
    found: dict[str, Any] = {"run": facts["run"], "out": str(out), "check": facts["check"]}
    if arguments.register:
        from runner.tracking.store import Unreachable

        try:
            found["registered"] = vars(register(folder, arguments.register, arguments.alias, [*draft.files, *stayed]))
        except Unreachable as error:
            print(f"error: {error}. The files are in {out}.", file=sys.stderr)
            return 1
    if arguments.json:
        document(found)
    elif arguments.quiet:
        print("\n".join(os.path.relpath(out / one.file) for one in forms))
    else:
        tell(found, forms, Path(os.path.relpath(out)), stayed)
    return 0


def tell(found: dict[str, Any], forms: list[Form], out: Path, stayed: list[Path]) -> None:
    """Print a line for each file, those of an earlier export that stay among them, and for the registered version."""
    for one in forms:
        check = found["check"][one.name]
        batches = ", ".join(map(str, check["batches"]))
        lengths = f", lengths {', '.join(map(str, check['lengths']))}" if check["free"] and check["lengths"] else ""
        fixed = f", length {check['lengths'][0]} only" if check["lengths"] and not check["free"] else ""
        differs = f"differs from the checkpoint by at most {check['largest']:.2g}"
        print(f"{out / one.file}  {differs} (batches of {batches}{lengths}{fixed})")
    for path in stayed:
        print(f"{out / path.name}  stays: an earlier export of the same weights")
    print(f"{out / 'README.md'}  the card; model.json has its values")
    if model := found.get("registered"):
        print(f"{model['uri']}  version {model['version']} in {model['store']}")
