"""torch's own exported program: a graph with its weights, of any batch size."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from runner.export.form import Form
from runner.export.subject import CannotExport, Subject
from runner.loop import forget

if TYPE_CHECKING:
    from torch.export import ExportedProgram


class PT2(Form):
    """``torch.export``, saved. The length of a sequence stays free where the model's operators allow it."""

    name = "pt2"
    file = "model.pt2"
    usage = """\
import torch

model = torch.export.load("model.pt2").module()
outputs = model(inputs)"""

    def write(self, subject: Subject, path: Path) -> bool:
        program, free = traced(subject)
        with quiet():
            torch.export.save(program, path)
        return free

    def read(self, subject: Subject, path: Path) -> Callable[[Tensor], Tensor]:
        with quiet():
            model = torch.export.load(path).module()

        def run(inputs: Tensor) -> Tensor:
            with torch.no_grad():
                outputs: Tensor = model(inputs)
            return outputs

        return run


def traced(subject: Subject) -> tuple[ExportedProgram, bool]:
    """Return the graph of a model, and whether its sequences may have any length.

    The example has two samples: one would freeze the batch at one.

    Raises:
        CannotExport: The model does what a graph cannot, such as deciding by the values of a batch.
    """
    free, reason = torch.export.Dim.DYNAMIC, ""
    for dimensions in ({0: free, 1: free}, {0: free}) if subject.is_sequence else ({0: free},):
        forget(subject.model)
        try:
            with quiet(), whole_recurrences():
                program = torch.export.export(subject.model, (subject.inputs(2),), dynamic_shapes=(dimensions,))
        except Exception as error:  # a model of the user's: whatever it raises
            reason = first_line(error)
        else:
            return program, len(dimensions) > 1
    raise CannotExport(f"the model has no graph that torch.export can find: {reason}")


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, or else its kind."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


@contextlib.contextmanager
def whole_recurrences() -> Iterator[None]:
    """Have recurrent layers traced as they are: unrolled, step by step, a graph knows one length alone.

    What torch has looked up for an earlier trace in this process is forgotten: it would be taken again.
    """
    for operator in (torch.ops.aten.lstm.input, torch.ops.aten.gru.input):
        getattr(operator, "_dispatch_cache", {}).clear()
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(ImportError):  # torch's own exporter to ONNX does the same; older ones do not
            from torch.export import _patches as patches

            stack.enter_context(patches.register_lstm_while_loop_decomposition())
            stack.enter_context(patches.register_gru_while_loop_decomposition())
        yield


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the exporter's own reports, some of which it prints, from the terminal."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        unheard = io.StringIO()
        with warnings.catch_warnings(), contextlib.redirect_stdout(unheard), contextlib.redirect_stderr(unheard):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
