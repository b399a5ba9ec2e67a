"""Keeping torch's compiler out of runs that do not compile: importing it takes as long as importing torch.

torch wraps the methods of its optimizers so that ``torch.compile`` steps around them, and the wrappers import the
compiler when they are first called (``torch/_compile.py``, ``torch/optim/optimizer.py``). An eager run has nothing to
step around: here the inner functions are called directly. Anything that is not wrapped as expected stays as it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial

import torch
from torch.optim import Optimizer
from torch.optim import optimizer as module

WRAPPED = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")


def leave_compiler_out() -> None:
    """Mark the optimizers' methods as already excluded from compilation."""
    for name in WRAPPED:
        inner = getattr(getattr(Optimizer, name), "__wrapped__", None)
        if inner is not None and not hasattr(inner, "__dynamo_disable"):
            setattr(inner, "__dynamo_disable", inner)  # a plain name would be mangled


def direct_step(optimizer: Optimizer) -> Callable[[], object]:
    """Return the optimizer's step without the profiler's and the compiler's wrappers, to be called without gradients.

    An optimizer with hooks, or one that is itself differentiated through, keeps its wrappers.
    """
    step = type(optimizer).step
    own = optimizer._optimizer_step_pre_hooks or optimizer._optimizer_step_post_hooks
    hooked = own or module._global_optimizer_pre_hooks or module._global_optimizer_post_hooks
    if hooked or optimizer.defaults.get("differentiable") or not hasattr(step, "__wrapped__"):
        return optimizer.step
    return torch.no_grad()(partial(inspect.unwrap(step), optimizer))
