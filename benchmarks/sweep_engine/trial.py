"""The trial that is measured: it does nothing, or sleeps. All engines run this code, so it is standard library."""

from __future__ import annotations

import os
import time


def done(number: int, rate: float, decay: float) -> float:
    """Do a trial, note when it began and ended, and return its value.

    Args:
        number: Of the trial.
        rate, decay: What is searched.
    """
    begun = time.time()
    seconds, _, which = os.environ.get("SWEEP_SLEEP", "0").partition(" ")
    if not which or number % 2:  # "4 odd": only every second one takes time
        time.sleep(float(seconds))
    line = f"{begun} {time.time()}\n".encode()
    file = os.open(os.environ["SWEEP_TIMES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, line)
    os.close(file)
    return -((rate - 0.3) ** 2) - (decay - 0.6) ** 2
