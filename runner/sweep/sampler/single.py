"""Samplers that look for one objective."""

from __future__ import annotations

from collections.abc import Sequence


def one_objective(choice: str, objectives: Sequence[str] | None) -> None:
    """Refuse several objectives.

    Args:
        choice: Words of the command that chose the sampler.
        objectives: What is looked for; None: nobody said.

    Raises:
        ValueError: There are several.
    """
    if len(objectives or ()) > 1:
        raise ValueError(
            f"{choice} looks for one objective, not for {', '.join(objectives or ())}: use sweep=nsga2, sweep=bayes, "
            "or sweep=gp with sweep.sampler.acquisition=logei"
        )
