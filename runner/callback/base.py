"""The four moments of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from runner.loop import Run


class Callback:
    """Watches a run, stops it, or swaps the model that is evaluated - nothing else.

    Override what you need. ``start`` and ``close`` come once, ``close`` also after an error; ``epoch`` comes after
    each validation. ``step`` comes after each update, and only if you override it. Not one of them may change the
    weights. Callbacks are called in the order of the configuration, and closed in the reverse order.

    With several processes each has callbacks of its own, and sees the same losses and metrics.
    """

    rank: ClassVar[int] = 0
    """Called after those of a lower rank: one that wraps the evaluated model has rank 1, one that saves the run 2.
    Closed in the reverse order: the record before those of rank -1, tracking, and -2, the terminal."""

    main_only: ClassVar[bool] = False
    """Only in the main process, where there are several: for those that write or print. All others run in each."""

    needs_whole: ClassVar[bool] = False
    """Refused by the check where the weights are cut into pieces (``hardware.shard``)."""

    needs_images: ClassVar[bool] = False
    """Refused by the check on data whose samples are no images (channels, height, width)."""

    def ready(self) -> None:
        """Before anything is started, by the check: raise ``ValueError`` for what could not work."""

    def start(self, run: Run) -> None:
        """Before the first step; a resumed run has not taken its state back yet."""

    def step(self, run: Run) -> None:
        """After each weight update. ``run.loss`` is on the device: reading it waits for the device."""

    def epoch(self, run: Run) -> str | None:
        """After each epoch and its validation. Return a reason to stop, or None."""
        return None

    def close(self, run: Run) -> None:
        """At the end, whatever the end was: see ``run.status``."""

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run needs: tensors, numbers, strings, and lists and dicts of them."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what ``state_dict`` returned."""

    def watches_steps(self) -> bool:
        """Tell whether ``step`` is overridden: a moment that nobody watches costs nothing."""
        return type(self).step is not Callback.step
