"""The whole state of a run as plain tensors and numbers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from runner.dataset.batch import derive
from runner.environment import changes, conditions
from runner.hardware.normalisation import statistics
from runner.misfit import of_model, of_optimizer
from runner.randomness import random_state, restore_random, seed_all
from runner.statefile import FORMAT, other_format

if TYPE_CHECKING:
    from runner.loop import Run

log = logging.getLogger(__name__)

LATER: dict[str, Any] = {"schedule": {}, "processes": [], "kinds": {}, "conditions": {}}
"""Keys that the first files of this version do not have, and what they would say."""


def capture(run: Run) -> dict[str, Any]:
    """Return everything that the next step depends on; called by all processes, and complete in the main one."""
    whole = run.hardware.spread.whole
    return {
        "format": FORMAT,
        "model": whole(run.model.state_dict()),
        "optimizer": whole(run.optimizer.state_dict()),
        "schedule": run.schedule.state_dict(),
        "hardware": run.hardware.state_dict(),
        "callbacks": {name: callback.state_dict() for name, callback in run.callbacks.items()},
        "kinds": {"optimizer": type(run.optimizer).__name__},
        "random": random_state(),
        "processes": own_states(run),
        "threads": torch.get_num_threads(),
        "conditions": conditions_of(run) if run.hardware.group.main else {},
        "epochs": run.epochs,
        "epoch": run.epoch,
        "batch": run.batch,
        "step": run.step,
        "seen": run.seen,
        "total": run.total,
        "metrics": run.metrics,
        "best": vars(run.best) if run.best else None,
        "reasons": run.reasons,
    }


def restore(run: Run, state: Mapping[str, Any]) -> None:
    """Put a run back to where ``capture`` saw it; called by all processes.

    A callback that the state does not know starts anew.

    Raises:
        ValueError: The state is of another format, or of another model or optimizer.
    """
    from runner.loop import Best  # here, not above: callbacks import this module, and they lie below the loop

    if state.get("format") != FORMAT:
        raise ValueError(f"the checkpoint {other_format(state)}")
    state = {**LATER, **state}
    other = of_model(run.model, state["model"])
    other = other or of_optimizer(run.optimizer, state["optimizer"], state["kinds"].get("optimizer"))
    if other:
        raise ValueError(f"the checkpoint is of another model or optimizer: {other}")
    try:
        run.model.load_state_dict(run.hardware.spread.pieces(run.model, state["model"]))
        run.optimizer.load_state_dict(run.hardware.spread.optimizer_pieces(run.optimizer, state["optimizer"]))
        check_shapes(run.optimizer)
    except (RuntimeError, KeyError) as error:
        raise ValueError(f"the checkpoint is of another model or optimizer: {error}") from error
    run.schedule.load_state_dict(state["schedule"])
    run.hardware.load_state_dict(state["hardware"])
    for name, callback in run.callbacks.items():
        if name in state["callbacks"]:
            callback.load_state_dict(state["callbacks"][name])
    restore_random(state["random"])
    restore_own(run, state)
    run.epoch, run.batch, run.step, run.seen = (state[key] for key in ("epoch", "batch", "step", "seen"))
    run.total = state["total"].to(run.hardware.device)
    run.metrics = state["metrics"]
    run.reasons = state["reasons"] if run.epochs <= state["epochs"] else []  # asked to train longer
    run.best = Best(**state["best"]) if state["best"] else None
    announce(run, state)


def conditions_of(run: Run) -> dict[str, str]:
    """Return what the bits of this run depend on besides its configuration, in words."""
    data = str(run.facts.get("data", {}).get("fingerprint"))
    return conditions(run.hardware.device) | {"precision": run.hardware.precision, "the data": f"sha256 {data[:12]}"}


def announce(run: Run, state: Mapping[str, Any]) -> None:
    """Say, line by line, why the bits may now be others than if the run had not been interrupted."""
    if not run.hardware.group.main:
        return
    world, threads = len(state["processes"]) or 1, state["threads"]
    before = state["conditions"] | {"CPU threads": f"{threads}", "processes": f"{world}"}
    now = conditions_of(run)
    now |= {"CPU threads": f"{torch.get_num_threads()}", "processes": f"{run.hardware.group.world}"}
    for change in changes(before, now):
        log.warning("since the checkpoint was written, %s: the bits may differ", change)


ALIKE = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq", "momentum_buffer", "square_avg", "grad_avg", "sum")
"""What an optimizer remembers of a parameter in the parameter's own shape, as torch's name it."""


def check_shapes(optimizer: Optimizer) -> None:
    """Refuse an optimizer's state of another model, which torch takes and only later stumbles over.

    Raises:
        RuntimeError: A tensor has not the shape of its parameter.
    """
    for parameter, state in optimizer.state.items():
        for name in ALIKE:
            if isinstance(found := state.get(name), Tensor) and found.dim() and found.shape != parameter.shape:
                raise RuntimeError(f"{name} of shape {list(found.shape)} for a parameter of {list(parameter.shape)}")


def weights(run: Run) -> dict[str, Any]:
    """Return the weights of the evaluated model for a file; called by all processes, complete in the main one."""
    return run.hardware.spread.whole(run.evaluated.state_dict())


def put_weights(run: Run, state: dict[str, Any]) -> None:
    """Put weights from a file into the evaluated model; called by all processes."""
    run.evaluated.load_state_dict(run.hardware.spread.pieces(run.evaluated, state))


def own_states(run: Run) -> list[dict[str, Any]]:
    """Return what each of several processes has to itself: random numbers, batch statistics, carried states."""
    if run.hardware.group.world == 1:
        return []
    carried = {name: module.get_extra_state().cpu() for name, module in carriers(run.model)}
    means = {name: value.cpu() for name, value in statistics(run.model).items()}  # not to lie on others' devices
    own = {"random": random_state(), "statistics": means, "carried": carried}
    return run.hardware.group.gather(own)


def restore_own(run: Run, state: Mapping[str, Any]) -> None:
    """Give each process its own again; where there are now more or fewer of them, what comes closest.

    Rows of a carried state go with the rows of the batch, and statistics are averaged: both as if nothing had
    happened. Only what dropout draws is new.
    """
    group, before = run.hardware.group, state["processes"]
    if len(before) == group.world:
        own = before[group.rank]
        restore_random(own["random"])
        means, carried = own["statistics"], own["carried"]
    else:
        if not group.main:
            seed_all(derive(run.facts["seed"], "process", group.rank, run.step))
        kept = [of["statistics"] for of in before]
        means = {name: torch.stack([of[name] for of in kept]).mean(0) for name in (kept[0] if kept else ())}
        size = run.facts["batch_size"]
        carried = {
            name: _rows(module, [of["carried"][name] for of in before] or [module.get_extra_state()], group.rows(size))
            for name, module in carriers(run.model)
        }
    for name, value in statistics(run.model).items():
        if name in means:
            value.copy_(means[name])
    for name, module in carriers(run.model):
        module.set_extra_state(carried[name])


def carriers(model: nn.Module) -> list[tuple[str, Any]]:
    """Return the modules that carry a state of each row of a batch to the next, along its ``carried_along``."""
    return [(name, module) for name, module in model.named_modules() if hasattr(type(module), "carried_along")]


def _rows(module: Any, states: list[Tensor], rows: slice) -> Tensor:
    """Return the rows of a state that lies in several processes, or in one; an empty one stays empty."""
    if not states[0].numel():
        return states[0]
    whole = torch.cat(states, dim=module.carried_along)
    kept: Tensor = whole.movedim(module.carried_along, 0)[rows].movedim(0, module.carried_along).contiguous()
    return kept
