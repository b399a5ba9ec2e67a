"""What every form of file offers, and the names of all of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from torch import Tensor

    from runner.export.subject import Subject

FORMS = {
    "pt2": "runner.export.pt2:PT2",
    "onnx": "runner.export.onnx:ONNX",
    "state_dict": "runner.export.state_dict:StateDict",
}


class Form:
    """A way to write a model down.

    Attributes:
        name: As it is asked for.
        file: Where it goes, in the folder of the export.
        packages: What has to be installed besides this package's own requirements, by the names to import.
        usage: Lines of Python by which a reader calls the model on ``inputs``, without this package.
    """

    name: ClassVar[str]
    file: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()
    usage: ClassVar[str]

    def write(self, subject: Subject, path: Path) -> bool:
        """Write the model to a file and tell whether sequences may have any length.

        Raises:
            CannotExport: That is not possible.
        """
        raise NotImplementedError

    def read(self, subject: Subject, path: Path) -> Callable[[Tensor], Tensor]:
        """Return the model as it is in the file, to be called on the CPU."""
        raise NotImplementedError

    def missing(self) -> list[str]:
        """Return the packages that are not installed."""
        return [name for name in self.packages if find_spec(name) is None]

    def lacks(self) -> str:
        """Return a sentence about the packages that are not installed; empty if all are."""
        missing = self.missing()
        verb = "is" if len(missing) == 1 else "are"
        way = f"pip install {' '.join(missing)}"
        return f"{self.name} needs {' and '.join(missing)}, which {verb} not installed: {way}" if missing else ""


def form(name: str) -> Form:
    """Return the form of a name."""
    module, _, kind = FORMS[name].partition(":")
    made: Form = getattr(importlib.import_module(module), kind)()
    return made


def chosen(text: str) -> list[str]:
    """Return the names in ``pt2,onnx``, or all names for ``all``.

    Raises:
        ValueError: There is no such form.
    """
    if text == "all":
        return list(FORMS)
    names = list(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in FORMS:
            from runner.check.suggest import did_you_mean

            raise ValueError(f"--format {name}: there are {_listed([*FORMS, 'all'])}{did_you_mean(name, FORMS)}")
    return names


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
