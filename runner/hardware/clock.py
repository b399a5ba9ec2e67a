"""Where the time goes: laps of one stopwatch, so that the parts add up to the whole."""

from time import perf_counter


class Clock:
    """Time is credited to what has just ended; a lap costs a fraction of a microsecond."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.last = perf_counter()

    def lap(self, name: str) -> None:
        """Credit the time since the last lap to ``name``."""
        now = perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self.last
        self.last = now
