"""A run as its folder tells it: for Python, where the command line prints."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from runner.check.signature import refresh
from runner.configuration import recorded
from runner.durable import read_json
from runner.folder import identity
from runner.recorded import named_metrics, rows

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from runner.inference.predictions import Row
    from runner.inference.saved import Saved


class Result:
    """A run as its folder tells it; what needs torch is built when it is asked for.

    Args:
        folder: Of the run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    @property
    def id(self) -> str:
        """The name by which ``load`` and the command line know the run."""
        return identity(self.folder)

    @property
    def summary(self) -> dict[str, Any]:
        """How the run ended: the content of ``summary.json``."""
        return read_json(self.folder / "summary.json")

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of the best weights, on the test part too; ``final.valid/loss`` is of the last epoch."""
        return named_metrics(self.summary)

    @property
    def history(self) -> list[dict[str, Any]]:
        """The rows of ``metrics.jsonl``, the oldest first: ``pandas.DataFrame(run.history)``."""
        return rows(self.folder)

    @property
    def missed(self) -> list[str]:
        """A sentence for each of the configuration's expectations that did not come true."""
        from runner.expect import missed

        return [] if self.config.get("debug") else missed(self.config.get("expect") or {}, self.metrics)

    @cached_property
    def config(self) -> DictConfig:
        """The configuration as it was recorded, secrets masked."""
        return recorded(self.folder)

    @cached_property
    def model(self) -> nn.Module:
        """The network with the best weights: on the CPU, in evaluation mode.

        Raises:
            ValueError: There is no such checkpoint, or the parts can no longer be built.
        """
        return self._saved.model()

    @cached_property
    def _saved(self) -> Saved:
        from runner.inference.saved import Saved

        refresh()
        return Saved(self.folder)

    def predict(
        self,
        *what: str | Path | Sequence[str | Path] | Tensor | np.ndarray[Any, Any],
        top: int = 1,
        weights: Sequence[str] = ("best",),
    ) -> list[Row]:
        """Return a row for each sample: its name or number, and what the model says.

        Args:
            what: Files and folders, or a list of them; or ``"test"``, ``"valid"``, ``"train"``; or one batch [n, ...]
                in the units in which the dataset stores its inputs (bytes of pictures, numbers of a prepared table).
            top: So many of the most probable classes.
            weights: Checkpoints: best, last, snapshot-1 ...; of several the mean.

        Raises:
            ValueError: The run, its weights or what is given cannot be used; the message says which.
        """
        from runner.inference.answer import answer, answer_batch

        if len(what) == 1 and isinstance(what[0], list | tuple) and all(isinstance(one, str | Path) for one in what[0]):
            what = tuple(what[0])
        files = [str(one) for one in what if isinstance(one, str | Path)]
        if len(files) == len(what):
            return answer(self._saved, files, top, weights)
        if len(what) > 1:
            raise ValueError(f"predict takes one batch, or names of files, got {len(what)} things")
        return answer_batch(self._saved, what[0], top, weights)

    def __repr__(self) -> str:
        summary = self.summary
        value = f", {summary['objective']}={summary['value']:.4g}" if summary.get("value") is not None else ""
        return f"<run {self.id}: {summary.get('status', 'unfinished')}{value}>"
