"""Recurrent layers by name, and how their weights begin."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

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
