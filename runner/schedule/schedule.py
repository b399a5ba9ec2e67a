"""Applying a curve to an optimizer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch.optim import Optimizer

Curve = Callable[[int, int], float]


class Schedule:
    """Set the learning rate of every group for an update, from its number.

    Most curves are pure functions, with nothing to restore. One that is an object may also have ``observe(value,
    direction)``, ``state_dict()`` and ``load_state_dict(state)``: see ``plateau.py``.

    Args:
        optimizer: Its groups' rates at this moment, each times its group's "multiple" if it has one, are what the
            curve multiplies.
        curve: (step, total) -> multiple.
        total: Updates of the run.
    """

    def __init__(self, optimizer: Optimizer, curve: Curve, total: int) -> None:
        self.optimizer, self.curve, self.total = optimizer, curve, total
        multiples = [float(group.get("multiple", 1.0)) for group in optimizer.param_groups]
        self.rates = [
            float(group["lr"]) * multiple for group, multiple in zip(optimizer.param_groups, multiples, strict=True)
        ]
        self.base = self.rates[multiples.index(max(multiples))]
        """What ``rate`` reports: of the group with the largest multiple, the first of several."""
        self.observe: Callable[[float, str], None] = getattr(curve, "observe", _ignore)
        """(value of the objective, "min" or "max") once per epoch, before the state is saved."""
        self.lowered = 1.0
        """What every rate is multiplied by, besides: less than 1 after going back to a checkpoint."""

    def __call__(self, step: int) -> None:
        """Set the rates for update ``step``, counted from 0."""
        multiple = self.curve(step, self.total) * self.lowered
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * multiple

    def rate(self, step: int) -> float:
        """Return the rate at update ``step``: with discriminative rates the highest share, with muon the matrices'."""
        return self.base * self.curve(step, self.total) * self.lowered

    def state_dict(self) -> dict[str, Any]:
        """Return what the curve has seen, and by how much rates were lowered; nothing for a pure function."""
        state: dict[str, Any] = dict(getattr(self.curve, "state_dict", dict)())
        return state if self.lowered == 1 else {**state, "lowered": self.lowered}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what ``state_dict`` returned; a curve that keeps nothing has no use for it."""
        self.lowered = state.get("lowered", 1.0)
        if seen := {name: value for name, value in state.items() if name != "lowered"}:
            getattr(self.curve, "load_state_dict", _ignore)(seen)


def _ignore(*_: object) -> None:
    """Do nothing: a pure function learns nothing from the objective."""
