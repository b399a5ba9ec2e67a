"""Kernels that only a GPU has: the cells of recurrent networks, in the CPU's own operations.

An LSTM's gates are input, forget, cell and output (Hochreiter & Schmidhuber 1997, Gers et al. 2000); a GRU's are
reset, update and new (Cho et al., arXiv 1406.1078), as in the documentation of ``torch.nn.LSTM`` and ``torch.nn.GRU``.
"""

import torch


def _thnn_fused_lstm_cell(from_input, from_state, cell, bias_input=None, bias_state=None):
    """Return state, cell, and what the gradient needs: the gates, [b, 4 h]."""
    gates = from_input + from_state
    if bias_input is not None:
        gates = gates + bias_input + bias_state
    let_in, keep, new, let_out = gates.chunk(4, 1)
    let_in, keep, new, let_out = let_in.sigmoid(), keep.sigmoid(), new.tanh(), let_out.sigmoid()
    after = keep * cell + let_in * new
    return let_out * after.tanh(), after, torch.cat([let_in, keep, new, let_out], 1)


def _thnn_fused_lstm_cell_backward_impl(grad, grad_cell, cell, after, gates, has_bias):
    """Return the gradients of gates, cell and bias."""
    let_in, keep, new, let_out = gates.chunk(4, 1)
    bent = after.tanh()
    grad = torch.zeros_like(after) if grad is None else grad
    inner = grad * let_out * (1 - bent * bent)
    inner = inner if grad_cell is None else inner + grad_cell
    parts = [
        inner * new * let_in * (1 - let_in),
        inner * cell * keep * (1 - keep),
        inner * let_in * (1 - new * new),
        grad * bent * let_out * (1 - let_out),
    ]
    whole = torch.cat(parts, 1)
    return whole, inner * keep, whole.sum(0) if has_bias else None


def _thnn_fused_gru_cell(from_input, from_state, state, bias_input=None, bias_state=None):
    """Return the state, and what the gradient needs, [b, 5 h]."""
    if bias_input is not None:
        from_input, from_state = from_input + bias_input, from_state + bias_state
    reset_x, update_x, new_x = from_input.chunk(3, 1)
    reset_h, update_h, new_h = from_state.chunk(3, 1)
    reset, update = (reset_x + reset_h).sigmoid(), (update_x + update_h).sigmoid()
    new = (new_x + reset * new_h).tanh()
    return new + update * (state - new), torch.cat([reset, update, new, state, new_h], 1)


def _thnn_fused_gru_cell_backward(grad, kept, has_bias):
    """Return the gradients of both sides' gates, of the state, and of both biases."""
    reset, update, new, state, new_h = kept.chunk(5, 1)
    to_update = grad * (state - new) * update * (1 - update)
    to_new = grad * (1 - update) * (1 - new * new)
    to_reset = to_new * new_h * reset * (1 - reset)
    sides = torch.cat([to_reset, to_update, to_new], 1), torch.cat([to_reset, to_update, to_new * reset], 1)
    return *sides, grad * update, *(side.sum(0) if has_bias else None for side in sides)
