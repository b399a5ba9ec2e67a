"""ONNX: a graph for other runtimes."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from runner.export.form import Form
from runner.export.pt2 import first_line, quiet
from runner.export.subject import CannotExport, Subject
from runner.loop import forget


class ONNX(Form):
    """``torch.onnx.export``, run by onnxruntime. Sequences keep any length, those of recurrent networks too."""

    name = "onnx"
    file = "model.onnx"
    packages = ("onnx", "onnxscript", "onnxruntime")
    usage = """\
import onnxruntime

session = onnxruntime.InferenceSession("model.onnx")
(outputs,) = session.run(None, {session.get_inputs()[0].name: inputs})  # inputs: a numpy array"""

    def write(self, subject: Subject, path: Path) -> bool:
        reason, batch = "", {0: "batch"}  # names for whoever looks at the graph
        for dimensions in (batch | {1: "length"}, batch) if subject.is_sequence else (batch,):
            forget(subject.model)
            try:
                with quiet():
                    program = torch.onnx.export(
                        subject.model,
                        (subject.inputs(2),),
                        dynamo=True,
                        dynamic_shapes=(dimensions,),
                        input_names=["inputs"],
                        output_names=["outputs"],
                        verbose=False,
                    )
                    assert program is not None
                    program.save(path)
            except Exception as error:  # a model of the user's: whatever it raises
                reason = first_line(error)
            else:
                return len(dimensions) > 1
        raise CannotExport(f"the model cannot be written as ONNX: {reason}")

    def read(self, subject: Subject, path: Path) -> Callable[[Tensor], Tensor]:
        onnxruntime = importlib.import_module("onnxruntime")  # no requirement of ours, nor of who checks our types
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        return lambda inputs: torch.as_tensor(session.run(None, {name: inputs.numpy()})[0])
