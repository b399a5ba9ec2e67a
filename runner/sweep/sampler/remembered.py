"""What CMA-ES has learnt, read back from a study without running it: Optuna keeps it there as a pickle."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optuna.samplers import CmaEsSampler
    from optuna.trial import FrozenTrial

ALLOWED = {
    ("cmaes._cma", "CMA"),
    ("cmaes._sepcma", "SepCMA"),
    ("cmaes._cmawm", "CMAwM"),
    *((f"numpy.{core}.multiarray", name) for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
}
"""All that the pickle of a distribution names: its class, and numpy's arrays and numbers."""


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise ValueError(f"the study asks for {module}.{name}, which is no part of CMA-ES: it is not run")
        return super().find_class(module, name)


def guard(sampler: CmaEsSampler) -> CmaEsSampler:
    """Return the sampler, which then reads of a study's pickles only those that hold a distribution."""
    key = f"{sampler._attr_key_optimizer}:"
    restore: Callable[[Sequence[FrozenTrial]], Any] = lambda trials: restored(trials, key)  # noqa: E731
    sampler._restore_optimizer = restore  # type: ignore[method-assign, assignment]
    return sampler


def restored(trials: Sequence[FrozenTrial], key: str) -> Any:
    """Return the distribution that the last of some trials remembers, None if there is none.

    Args:
        trials: That are over, in order.
        key: With which the names of its pieces begin: text is stored in pieces of a limited length.

    Raises:
        ValueError: What is there is none.
    """
    for trial in reversed(trials):
        pieces = {name: text for name, text in trial.system_attrs.items() if name.startswith(key)}
        if pieces:
            content = bytes.fromhex("".join(pieces[f"{key}{index}"] for index in range(len(pieces))))
            return _Reader(io.BytesIO(content)).load()
    return None
