"""Muon: orthogonal updates for hidden matrices, AdamW for everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd
from torch.optim import Optimizer
from torch.optim.adamw import adamw

from runner.optimizer.orthogonal import orthogonal
from runner.types import Betas, Count, Fraction, NonNegative, Positive

Groups = list[dict[str, Any]]


def muon(
    params: Iterable[Tensor] | Iterable[dict[str, Any]],
    model: nn.Module,
    lr: Positive,
    momentum: Fraction = 0.95,
    nesterov: bool = True,
    weight_decay: NonNegative = 0.01,
    adam_lr: Positive = 3e-3,
    betas: Betas | None = None,
    eps: Positive = 1e-8,
    steps: Count = 5,
) -> Muon:
    """Return Muon for the hidden matrices, with AdamW for the rest, as one optimizer.

    Hidden matrices are weights with two dimensions and convolution weights, flattened to (out, in x kernel), except
    those of embeddings and of the last ``nn.Linear``, which is taken for the output layer.

    An update has the size of an orthogonal matrix times sqrt(max(1, out / in)): "original" in torch's Muon, which
    this equals on plain matrices. A rate found with "match_rms_adamw" means another thing here.

    Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024, with a decay that is
    decoupled and not scaled by the shape (Liu et al., arXiv 2502.16982, section 2.2).

    Args:
        params: Parameter groups; each is split in two, which keep its keys.
        model: Tells which weights are embeddings, convolutions and the output layer.
        lr: Learning rate of the matrices.
        momentum: Decay of the running mean of the gradient.
        nesterov: Look ahead along the momentum.
        weight_decay: Pull to zero per update, times the group's learning rate.
        adam_lr: Learning rate of everything else; a schedule multiplies both.
        betas: AdamW's decay of the running mean of the gradient and of its square; [0.9, 0.999] unless told.
        eps: Added to AdamW's denominator.
        steps: Newton-Schulz iterations per update.

    Raises:
        ValueError: There are not two betas, or the model has no hidden matrix that is trained.
    """
    first, second = betas or (0.9, 0.999)
    matrices, split = hidden_matrices(model), list[dict[str, Any]]()
    for given in params:
        group = given if isinstance(given, dict) else {"params": [given]}
        for is_muon, rate in ((True, lr), (False, adam_lr)):
            weights = [weight for weight in group["params"] if (weight in matrices) == is_muon]
            if weights:
                split.append({"lr": rate, **group, "params": weights, "muon": is_muon})
    if not any(group["muon"] for group in split):
        raise ValueError("optimizer=muon: the model has no hidden matrix to train, only other weights: use adamw")
    defaults = {
        "weight_decay": weight_decay,
        "momentum": momentum,
        "nesterov": nesterov,
        "steps": steps,
        "betas": (first, second),
        "eps": eps,
    }
    return Muon(split, defaults)


def hidden_matrices(model: nn.Module) -> set[Tensor]:
    """Return the weights that map hidden features to hidden features; a tensor is only ever equal to itself here."""
    linear = [module for module in model.modules() if isinstance(module, nn.Linear)]
    embeddings = [module for module in model.modules() if isinstance(module, nn.Embedding | nn.EmbeddingBag)]
    convolutions = [module.weight for module in model.modules() if isinstance(module, _ConvNd)]
    matrices = {weight for weight in model.parameters() if weight.dim() == 2}
    return matrices.union(convolutions).difference(module.weight for module in [*embeddings, *linear[-1:]])


class Muon(Optimizer):
    """Both updates; a group's "muon" says which one it gets.

    Args:
        params: Groups with "lr" and "muon".
        defaults: What a group does not say itself.
    """

    def __init__(self, params: Groups, defaults: dict[str, Any]) -> None:
        # torch reads "fused" when it restores a state: AdamW's counts of steps have to lie on the device
        super().__init__(params, {**defaults, "fused": True})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every weight that has a gradient; return the closure's loss."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if weights:
                (self._muon if group["muon"] else self._adamw)(group, weights, [weight.grad for weight in weights])
        return loss

    def _muon(self, group: dict[str, Any], weights: list[Tensor], gradients: list[Tensor]) -> None:
        averages = [self._state(weight)["average"] for weight in weights]
        torch._foreach_lerp_(averages, gradients, 1 - group["momentum"])
        updates = torch._foreach_lerp(gradients, averages, group["momentum"]) if group["nesterov"] else averages
        torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
        alike: dict[torch.Size, list[tuple[Tensor, Tensor]]] = {}
        for weight, update in zip(weights, updates, strict=True):
            matrix = update.flatten(1)
            alike.setdefault(matrix.shape, []).append((weight, matrix))
        for (rows, columns), pairs in alike.items():  # matrices of one shape go together: far fewer, larger products
            results = orthogonal(torch.stack([matrix for _, matrix in pairs]), group["steps"])
            rate = group["lr"] * max(1, rows / columns) ** 0.5
            for (weight, _), result in zip(pairs, results, strict=True):
                weight.add_(result.reshape(weight.shape), alpha=-rate)

    def _adamw(self, group: dict[str, Any], weights: list[Tensor], gradients: list[Tensor]) -> None:
        states = [self._state(weight, adam=True) for weight in weights]
        adamw(
            weights,
            gradients,
            [state["average"] for state in states],
            [state["square"] for state in states],
            [],
            [state["step"] for state in states],
            fused=True,
            amsgrad=False,
            beta1=group["betas"][0],
            beta2=group["betas"][1],
            lr=group["lr"],
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            maximize=False,
        )

    def _state(self, weight: Tensor, adam: bool = False) -> dict[str, Tensor]:
        """Return a weight's state, zeros at first."""
        state: dict[str, Tensor] = self.state[weight]
        if not state:
            state["average"] = torch.zeros_like(weight, memory_format=torch.preserve_format)
            if adam:
                state["square"] = torch.zeros_like(weight, memory_format=torch.preserve_format)
                state["step"] = torch.zeros((), dtype=torch.float32, device=weight.device)
        return state
