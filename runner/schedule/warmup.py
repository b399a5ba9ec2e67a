"""The linear rise that every schedule may begin with."""


def rise(step: int, total: int, warmup: float) -> float | None:
    """Return the multiple of the rate while warming up, None after it.

    Args:
        step: Updates done so far, from 0.
        total: Updates of the whole run.
        warmup: Share of the run that warms up. The first update is not at zero but at one part of the rise.
    """
    length = warmup * total
    return (step + 1) / (length + 1) if step < length else None


def risen(step: int, total: int, warmup: float) -> float:
    """Return the rise, and 1 after it: a factor for curves that do not wait for its end."""
    rising = rise(step, total, warmup)
    return 1.0 if rising is None else rising


def progress(step: int, total: int, warmup: float) -> float:
    """Return how far the part after the warmup is: 0 at its first update, 1 at the last update of the run."""
    length = warmup * total
    return min(1.0, max(0.0, (step - length) / max(1.0, total - 1 - length)))
