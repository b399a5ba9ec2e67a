"""Recurrent networks: classifiers of sequences, and language models that carry their state from batch to batch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from runner.model.cell import Cell, make_cell, on_cuda
from runner.model.sequence import PADDING, check_sequence, lengths, reverse
from runner.types import Count, Fraction


class Recurrent(nn.Module):
    """Layers of recurrent cells over sequences of features or of embedded tokens.

    A classifier reads the last state of the top layer, where the padding of a text begins, and with two directions
    the last state of each. A language model predicts the next token at every position. It begins each batch in the
    state in which the last one ended, without a gradient to it (truncated backpropagation through time), until
    ``forget()``; the state is part of ``state_dict()``. Each layer is a module of torch's of its own, because the
    dropout that torch puts between layers draws, on a GPU, from a generator that no checkpoint can save.

    Source: Elman, "Finding structure in time", Cognitive Science 14, 1990 (rnn); Hochreiter, Schmidhuber, "Long
    short-term memory", Neural Computation 9, 1997 (lstm); Cho et al., arXiv 1406.1078 (gru); dropout between the
    layers and not along time: Zaremba, Sutskever, Vinyals, "Recurrent Neural Network Regularization", arXiv 1409.2329.

    Args:
        in_shape: (length, features) of one sequence, or (length,) of tokens. Any length is taken later.
        classes: Number of outputs of a classifier.
        vocabulary: Number of tokens; 0 means that inputs are features. For a classifier token 0 is padding.
        next_token: Predict the token that follows, at every position, instead of classes.
        cell: The kind of layer.
        width: Features of the state.
        layers: One on top of another.
        bidirectional: Read a sequence from its end too; classifiers only.
        dropout: Share of each layer's outputs, and of the embeddings, set to zero in training.
        input_dropout: Share of the embeddings alone; null means ``dropout``.
        embedding: Features of a token; null means ``width``.
        tied: Share the embedding with the last layer of a language model (Press, Wolf, arXiv 1608.05859).
        identity: For cell rnn: the IRNN of Le, Jaitly, Hinton, arXiv 1504.00941: relu; each layer begins by adding
            its inputs up (identity recurrent weights, no biases, inputs weighted with standard deviation 0.001).
        stateful: For language models: carry the state to the next batch; false begins each window from zero.
        nonlinearity: For cell rnn; null means tanh, and relu with ``identity``.
        forget_bias: For cell lstm: bias of the forget gates at the start, so that states last (Jozefowicz, Zaremba,
            Sutskever, "An Empirical Exploration of Recurrent Network Architectures", 2015).

    Raises:
        ValueError: The inputs are no sequences, or keys do not go together.
    """

    carried_along: ClassVar[int] = 2
    """The dimension of ``state`` along which the rows of a batch lie."""

    def __init__(
        self,
        in_shape: Sequence[int],
        classes: int,
        vocabulary: int = 0,
        next_token: bool = False,
        cell: Cell = "lstm",
        width: Count = 128,
        layers: Count = 1,
        bidirectional: bool = False,
        dropout: Fraction = 0.0,
        input_dropout: Fraction | None = None,
        embedding: Count | None = None,
        tied: bool = False,
        identity: bool = False,
        stateful: bool = True,
        nonlinearity: Literal["tanh", "relu"] | None = None,
        forget_bias: float = 1.0,
    ) -> None:
        super().__init__()
        check_sequence(in_shape, vocabulary, next_token)
        if bidirectional and next_token:
            raise ValueError("model.bidirectional=true would read the very tokens that are to be predicted: use false")
        if embedding and not vocabulary:
            raise ValueError(f"model.embedding={embedding} is for tokens: the inputs are features, leave it null")
        if tied and not next_token:
            raise ValueError("model.tied=true is for language models: a classifier has no output for each token")
        if tied and embedding not in (None, width):
            raise ValueError(f"model.tied=true needs model.embedding={width}, as wide as the state, got {embedding}")
        if cell != "rnn" and (identity or nonlinearity):
            key = "identity=true" if identity else f"nonlinearity={nonlinearity}"
            raise ValueError(f"model.{key} is for model.cell=rnn: a {cell} cell has gates of its own")
        if identity and nonlinearity == "tanh":
            raise ValueError("model.identity=true is defined with relu: leave model.nonlinearity null")
        if cell != "lstm" and forget_bias != 1.0:
            raise ValueError(f"model.forget_bias={forget_bias} is for model.cell=lstm: {cell} has no forget gate")
        self.directions = 2 if bidirectional else 1
        self.stateful = stateful and next_token
        self.next_token = next_token
        self.context = in_shape[0] if next_token and not stateful else None
        """Tokens that a language model looks back; None: all that came before, through its state."""
        self.state: Tensor | None = None
        """Of the end of the last batch: [layers, 1, n, width], for lstm 2 instead of 1: state and memory."""
        features = (embedding or width) if vocabulary else in_shape[1]
        padding = None if next_token else PADDING
        self.embed = nn.Embedding(vocabulary, features, padding_idx=padding) if vocabulary else None
        self.cells = nn.ModuleList()  # layer by layer; with two directions the forward cell first
        for layer in range(layers):
            size = self.directions * width if layer else features
            for _ in range(self.directions):
                self.cells.append(make_cell(cell, size, width, nonlinearity, identity, forget_bias))
        self.drop = nn.Dropout(dropout)
        self.drop_input = nn.Dropout(dropout if input_dropout is None else input_dropout)
        self.decoder = nn.Linear(self.directions * width, vocabulary if next_token else classes)
        if tied and self.embed is not None:
            nn.init.normal_(self.embed.weight, std=width**-0.5)  # scores of order one
            self.decoder.weight = self.embed.weight

    def forward(self, inputs: Tensor) -> Tensor:
        """Map [n, length, features] or int64 tokens [n, length] to scores [n, classes] or [n, length, vocabulary].

        Raises:
            ValueError: The state that is carried is of another number of sequences.
        """
        scores: Tensor = self.decoder(self._read(inputs) if self.next_token else self._summarise(inputs))
        return scores

    def _read(self, tokens: Tensor) -> Tensor:
        """Return the top layer's outputs at all positions, [n, length, width], and keep the state."""
        assert self.embed is not None
        values: Tensor = self.drop_input(self.embed(tokens))
        carries = self.stateful and not torch.compiler.is_exporting()
        state = self.state.to(values) if carries and self.state is not None else None
        texts = tokens.shape[0]
        if state is not None and state.shape[2] != texts:
            raise ValueError(
                f"the state carried from the last batch is of {state.shape[2]} texts, this batch has {texts}: call "
                "forget() first; rows of a batch must not be split (hardware.accumulate=1), or model.stateful=false"
            )
        ends = []
        for layer, cell in enumerate(self.cells):
            begin = None if state is None else state[layer]
            lstm = isinstance(cell, nn.LSTM)
            step = cell if not values.is_cuda else partial(on_cuda, cell)
            values, end = step(values, begin.split(1) if begin is not None and lstm else begin)
            values = self.drop(values)
            ends.append(torch.cat(end) if lstm else end)
        if carries:
            self.state = torch.stack(ends).detach()
        return values

    def _summarise(self, inputs: Tensor) -> Tensor:
        """Return the top layer's last state, [n, width], or those of both directions, [n, 2 * width].

        What lies behind the end of a text cannot change an earlier output, so that the output at the end is picked
        afterwards: packing the texts first would wait for the device, and is several times slower on a CPU.
        """
        if self.embed is None:
            values, count = inputs, inputs.new_full(inputs.shape[:1], inputs.shape[1], dtype=torch.int64)
        else:
            values, count = self.drop_input(self.embed(inputs)), lengths(inputs)
        rows = torch.arange(inputs.shape[0], device=inputs.device)
        last = values
        for i in range(0, len(self.cells), self.directions):
            values = self.drop(values) if i else values
            cells = self.cells if not values.is_cuda else [partial(on_cuda, cell) for cell in self.cells]
            onward = cells[i](values)[0]
            last = onward[rows, count - 1]
            if self.directions == 2:
                backward = cells[i + 1](reverse(values, count))[0]
                last = torch.cat([last, backward[rows, count - 1]], 1)
                onward = torch.cat([onward, reverse(backward, count)], 2)
            values = onward
        summary: Tensor = self.drop(last)
        return summary

    def forget(self) -> None:
        """Forget the state: the next batch begins a text."""
        self.state = None

    def get_extra_state(self) -> Tensor:
        """Return the state for ``state_dict``; an empty tensor if there is none."""
        return torch.empty(0) if self.state is None else self.state

    def set_extra_state(self, state: Tensor) -> None:
        """Take a state of any number of texts, from any device."""
        self.state = state if state.numel() else None
