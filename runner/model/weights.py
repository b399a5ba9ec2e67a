"""Beginning from trained weights: the key ``weights`` of every model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from runner.trust.checkpoint import read

PREFIXES = ("module.", "_orig_mod.")
"""What DistributedDataParallel and ``torch.compile`` put before the names of a model that they wrap."""
STATE = "_extra_state"
"""The end of the names of what a model remembers besides weights: it belongs to the run that was saved."""


def load_weights(model: nn.Module, weights: str | None = None) -> list[str]:
    """Copy into a model every tensor of a file that has the same name and shape as one of its own.

    The others keep their values: those of a new classifier, if the file is of a model for other classes.

    Args:
        model: Is changed.
        weights: Trained weights: a run (its best checkpoint), or a file, a checkpoint of a run or a state dictionary
            saved by ``torch.save``. What fits by name and shape is taken; null begins from random weights.

    Returns:
        In words, what did not go together: tensors that the file had nothing for, and those that the model has no
        use for.

    Raises:
        ValueError: There is no such file, it holds no weights, or none that fit.
    """
    if weights is None:
        return []
    saved = _read(Path(weights).expanduser())
    own = {name: value for name, value in model.state_dict().items() if not name.endswith(STATE)}
    fits = {name: saved[name] for name, value in own.items() if name in saved and saved[name].shape == value.shape}
    if not any(value.dim() for value in fits.values()):  # a counter of batches has no shape to differ in
        there, here = ", ".join(list(saved)[:3]), ", ".join(list(own)[:3])
        raise ValueError(
            f"model.weights={weights} holds nothing of the same name and shape as in {type(model).__name__}: "
            f"there {there} ..., here {here} ..."
        )
    model.load_state_dict(fits, strict=False)
    fresh = [name for name in own if name not in fits]
    unused = [name for name in saved if name not in own and not name.endswith(STATE)]
    return [
        f"model.weights: {len(names)} of {count} {text}: {', '.join(names[:8])}{' ...' if len(names) > 8 else ''}"
        for names, count, text in (
            (fresh, len(own), "tensors are not in the file or of another shape, left fresh"),
            (unused, len(saved), "tensors of the file are not in the model"),
        )
        if names
    ]


def _read(path: Path) -> dict[str, Tensor]:
    """Return the named tensors of a file.

    Raises:
        ValueError: It cannot be read, or there are none.
    """
    if path.is_dir():
        raise ValueError(f"model.weights={path} is a folder: give a file, such as {path / 'checkpoints' / 'best.pt'}")
    if not path.is_file():
        raise ValueError(f"model.weights={path}: there is no such file")
    try:
        content: Any = read(path, digest=False)
    except ValueError as error:
        raise ValueError(f"model.weights={error}") from error
    if isinstance(content, dict) and isinstance(content.get("model"), dict):
        content = content["model"]
    named = content if isinstance(content, dict) else {}
    tensors = {str(name): value for name, value in named.items() if isinstance(value, Tensor)}
    if not tensors:
        raise ValueError(f"model.weights={path} holds no named tensors: give a checkpoint or a state dictionary")
    for prefix in PREFIXES * 2:  # a compiled model in a distributed one, or the other way round
        if all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors
