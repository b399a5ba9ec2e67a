"""Class activation maps: where in an image a convolutional network found what speaks for a class."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

Score = Callable[[Tensor], Tensor]


def grad_cam(model: nn.Module, inputs: Tensor, layer: str, score: Score) -> tuple[Tensor, Tensor]:
    """Return the map of a layer for one image, and the model's outputs.

    The map is relu(sum_k a_k A_k): A_k the layer's k-th feature map, a_k the mean of the score's gradient over it.

    Source: Selvaraju et al., "Grad-CAM", arXiv 1610.02391, equations 1 and 2. Where only the mean over positions and
    a linear classifier follow, a_k is the class's weight over the number of positions: the map is that of Zhou et
    al., "Learning Deep Features for Discriminative Localization", arXiv 1512.04150, but for this factor.

    Args:
        model: In evaluation mode.
        inputs: [1, channels, height, width], as the model was trained on.
        layer: Name of a module that gives feature maps, as in ``model.named_modules()``.
        score: Outputs [1, n] -> the number that is to be explained.

    Returns:
        Float32 [height, width] of the layer, not negative; and outputs [1, n].

    Raises:
        ValueError: The layer gives no feature maps, or the score does not depend on them.
    """
    kept: list[Tensor] = []

    def cut(_: nn.Module, __: Any, output: Any) -> Tensor:
        if not isinstance(output, Tensor) or output.dim() != 4:
            raise ValueError(f"layer {layer} gives no feature maps of (channels, height, width)")
        kept.append(output.detach().requires_grad_())
        return kept[-1].clone()  # an operation in place that follows must not change what was kept

    hook = model.get_submodule(layer).register_forward_hook(cut)
    try:
        outputs = model(inputs)
    finally:
        hook.remove()
    if not kept:
        raise ValueError(f"layer {layer} is not used")
    features = kept[-1]
    (gradient,) = torch.autograd.grad(score(outputs), features, allow_unused=True)
    if gradient is None:
        raise ValueError(f"the output does not depend on layer {layer}")
    weights = gradient.mean((2, 3), keepdim=True)
    return (weights * features.detach()).sum(1)[0].relu(), outputs.detach()


def last_maps(model: nn.Module, inputs: Tensor) -> str:
    """Return the name of the layer with the last feature maps: after the last convolution, before they shrink.

    What follows a convolution at the same size - normalisation, activation, the sum of a residual block - belongs to
    it; a pool does not. Convolutions whose output has one position only do not count.

    Args:
        model: In evaluation mode.
        inputs: One image, [1, channels, height, width].

    Raises:
        ValueError: There is no convolution over images.
    """
    called: list[tuple[str, bool, torch.Size]] = []
    names = {module: name for name, module in model.named_modules() if name}

    def note(module: nn.Module, _: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.dim() == 4 and output[0, 0].numel() > 1:
            called.append((names[module], isinstance(module, _ConvNd), output.shape[2:]))

    with hooked(list(names), note), torch.no_grad():
        model(inputs)
    convolutions = [index for index, (_, is_convolution, _) in enumerate(called) if is_convolution]
    if not convolutions:
        raise ValueError(f"{type(model).__name__} has no convolution over images, and so no map of where it looked")
    last = convolutions[-1]
    size = called[last][2]
    return [name for name, _, other in called[last:] if other == size][-1]


@contextmanager
def hooked(modules: list[nn.Module], hook: Callable[[nn.Module, Any, Any], None]) -> Any:
    """Call a function with the outputs of modules, for as long as the context lasts."""
    handles = [module.register_forward_hook(hook) for module in modules]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def score_of(target: int | None) -> Score:
    """Return what to explain about outputs [1, n]: the score of a class.

    One score stands for two classes: high is class 1, low is class 0.

    Args:
        target: The class; None: the only number that there is.
    """

    def score(outputs: Tensor) -> Tensor:
        if outputs.shape[1] == 1:
            return -outputs[0, 0] if target == 0 else outputs[0, 0]
        return outputs[0, target or 0]

    return score
