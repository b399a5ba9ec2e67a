"""Optimizers: a callable (params, **yaml keys) -> torch.optim.Optimizer, and the parameter groups."""
