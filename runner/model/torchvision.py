"""The classification models of torchvision, by name, for images of any size and number of channels."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import torch
from torch import nn

SMALLEST = {
    "alexnet": 63,
    "convnext": 32,
    "densenet": 29,
    "googlenet": 15,
    "inception_v3": 75,
    "squeezenet1_0": 21,
    "squeezenet1_1": 17,
    "swin": 4,
    "vgg": 32,
}
"""Pixels a side that something is left of at the end, by how a name begins; other models take any image."""
RESNETS = ("resnet", "resnext", "wide_resnet")


def torchvision(in_shape: Sequence[int], classes: int, name: str, small_stem: bool = False) -> nn.Module:
    """Return an untrained classification model of torchvision that fits the images and the number of classes.

    Its classifier has ``classes`` outputs. For images of other than three channels the first convolution has their
    number; it starts from the planes that were drawn for three colours, over and over, so that its scale stays.
    Vision transformers are built for the size of the images.

    Source: the torchvision library, ``torchvision.models``; the small stem is that of He et al., "Deep Residual
    Learning for Image Recognition", arXiv 1512.03385, section 4.2.

    Args:
        in_shape: (channels, height, width) of one image.
        classes: Number of outputs.
        name: As in ``torchvision.models``: resnet18, efficientnet_b0, vit_b_16 ...
        small_stem: For small images, of networks with the stem of ResNet only: a 3x3 convolution of stride 1 instead
            of a 7x7 one of stride 2 and a pool, so that the image is not quartered before the first block.

    Raises:
        ValueError: There is no such model, it has no such stem, or the images do not fit it.
    """
    from torchvision import models

    known = models.list_models(module=models)
    if name not in known:
        near = get_close_matches(name, known, n=3) or ["resnet18", "mobilenet_v3_small"]
        raise ValueError(f"torchvision has no classification model {name}: did you mean {' or '.join(near)}?")
    if len(in_shape) != 3:
        raise ValueError(f"needs images of (channels, height, width), got inputs of shape {tuple(in_shape)}")
    channels, height, width = in_shape
    smallest = next((pixels for begin, pixels in SMALLEST.items() if name.startswith(begin)), 1)
    if min(height, width) < smallest:
        raise ValueError(f"{name} needs images of at least {smallest}x{smallest} pixels, got {height}x{width}")
    if small_stem and not name.startswith(RESNETS):
        raise ValueError(f"model.small_stem=true is for {', '.join(RESNETS)} only: {name} has another stem")
    model: nn.Module = models.get_model(name, weights=None, num_classes=classes, **_arguments(name, height, width))
    if small_stem:
        stem = nn.Conv2d(3, model.conv1.out_channels, 3, padding=1, bias=False)  # type: ignore[arg-type, union-attr]
        nn.init.kaiming_normal_(stem.weight, mode="fan_out", nonlinearity="relu")  # as the library draws the others
        model.conv1, model.maxpool = stem, nn.Identity()
    if channels != 3:
        _recolour(model, channels)
    return model


def _arguments(name: str, height: int, width: int) -> dict[str, Any]:
    """Return what some models must know besides the number of classes.

    Raises:
        ValueError: A vision transformer cannot cut such images into patches.
    """
    if name.startswith("vit"):
        patch = int(name.rpartition("_")[2])
        if height != width or height % patch:
            raise ValueError(f"{name} needs square images of a multiple of {patch} pixels, got {height}x{width}")
        return {"image_size": height}
    if name.startswith("maxvit"):
        return {"input_size": (height, width)}  # the library says itself what it cannot divide
    if name in ("googlenet", "inception_v3"):  # one output in training too; a loss of several is for no task of ours
        return {"aux_logits": False, "init_weights": True}
    return {}


def _recolour(model: nn.Module, channels: int) -> None:
    """Give the first convolution, the only one of three channels, another number of them."""
    path, old = next(
        (path, one) for path, one in model.named_modules() if isinstance(one, nn.Conv2d) and one.in_channels == 3
    )
    new = nn.Conv2d(
        channels,
        old.out_channels,
        old.kernel_size,  # type: ignore[arg-type]
        old.stride,  # type: ignore[arg-type]
        old.padding,  # type: ignore[arg-type]
        bias=old.bias is not None,
    )
    with torch.no_grad():
        new.weight.copy_(old.weight[:, [plane % 3 for plane in range(channels)]])
        if old.bias is not None and new.bias is not None:
            new.bias.copy_(old.bias)
    parent, _, attribute = path.rpartition(".")
    setattr(model.get_submodule(parent), attribute, new)
