"""Recurrent layers by name, and how their weights begin."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

Cell = Literal["rnn", "gru", "lstm"]


def make_cell(
    name: Cell,
    features: int,
    width: int,
    nonlinearity: Literal["tanh", "relu"] | None = None,
    identity: bool = False,
    forget_bias: float = 1.0,
) -> nn.RNNBase:
    """Return one recurrent layer of one direction, batch first.

    Args:
        name: Its kind.
        features: Of its inputs.
        width: Of its state.
        nonlinearity: Of an rnn; None means tanh, and relu with ``identity``.
        identity: Begin an rnn as the IRNN of Le, Jaitly, Hinton, arXiv 1504.00941.
        forget_bias: Of the forget gates of an lstm.
    """
    made: nn.RNNBase
    if name == "lstm":
        made = nn.LSTM(features, width, batch_first=True)
    elif name == "gru":
        made = nn.GRU(features, width, batch_first=True)
    else:
        function = nonlinearity or ("relu" if identity else "tanh")
        made = nn.RNN(features, width, nonlinearity=function, batch_first=True)
    weights = dict(made.named_parameters())
    with torch.no_grad():
        if name == "lstm":  # torch adds two biases; the gates are input, forget, cell, output
            weights["bias_ih_l0"][width : 2 * width] = forget_bias
            weights["bias_hh_l0"][width : 2 * width] = 0.0
        if identity:
            weights["weight_hh_l0"].copy_(torch.eye(width))
            weights["weight_ih_l0"].normal_(std=0.001)
            weights["bias_ih_l0"].zero_()
            weights["bias_hh_l0"].zero_()
    return made


def on_cuda(cell: nn.Module, values: Tensor, begin: Any = None) -> Any:
    """Return what a layer returns, computed in single precision where autocast would be bf16.

    cuDNN's recurrent layers know no bf16, and autocast makes it fp16 for them, silently and without a loss scale.

    Args:
        cell: The layer.
        values: [n, length, features], on a CUDA device.
        begin: The state to begin in, or for an lstm state and memory; None: zeros.
    """
    if not torch.is_autocast_enabled("cuda") or torch.get_autocast_dtype("cuda") is not torch.bfloat16:
        return cell(values, begin)
    if begin is not None:
        begin = tuple(one.float() for one in begin) if isinstance(begin, tuple) else begin.float()
    with torch.autocast("cuda", enabled=False):
        return cell(values.float(), begin)
