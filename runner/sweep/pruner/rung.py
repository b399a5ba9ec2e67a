"""The epoch from which trials are judged."""

from __future__ import annotations


def first_rung(epochs: int, first: int | None) -> int:
    """Return the first epoch at which a trial may be stopped: ``first``, or a ninth of the budget.

    Earlier than that, small learning rates that start slowly are taken for bad ones: with a first rung at 1 of 27
    epochs the regret was up to four times as high as with 3.

    Args:
        epochs: Budget of a trial.
        first: What the user wants, if anything.

    Raises:
        ValueError: The budget ends before it.
    """
    if first is None:
        return max(1, -(-epochs // 9))
    if first > epochs:
        raise ValueError(
            f"the pruner's first={first} lies after the last of {epochs} epochs: no trial would be judged; "
            f"give first <= {epochs}, or sweep/pruner=none"
        )
    return first
