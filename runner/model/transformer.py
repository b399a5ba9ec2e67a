"""A small transformer: a language model that looks back only, or a classifier of sequences."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from runner.model.sequence import PADDING, check_sequence, lengths
from runner.types import Count, Fraction


class Block(nn.Module):
    """Self-attention, then two linear layers with a GELU between them, each on the normalised input and added to it.

    Args:
        width: Features at a position.
        heads: Attentions side by side, each of ``width / heads`` features.
        dropout: Share of the attention weights, and of what each half adds, set to zero in training.
    """

    def __init__(self, width: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.expand, self.contract = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.gelu, self.drop = nn.GELU(), nn.Dropout(dropout)

    def forward(self, values: Tensor, mask: Tensor | None, causal: bool) -> Tensor:
        """Map [n, length, width] to the same shape.

        Args:
            values: At each position.
            mask: What may be looked at, bool, broadcastable to [n, heads, length, length]; None is everything.
            causal: Look only at what came before.
        """
        parts = self.attention(self.norm1(values)).unflatten(2, (3, self.heads, -1))
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # [n, heads, length, width / heads] each
        share = self.dropout if self.training else 0.0
        seen = scaled_dot_product_attention(query, key, value, mask, share, is_causal=causal)
        values = values + self.drop(self.project(seen.transpose(1, 2).flatten(2)))
        added: Tensor = self.drop(self.contract(self.gelu(self.expand(self.norm2(values)))))
        return values + added


class Transformer(nn.Module):
    """Embeddings of tokens (or a linear map of features) plus learned positions, blocks, a layer norm, a linear layer.

    A language model looks back only and predicts the next token at every position. A classifier looks at the whole
    sequence but the padding, and classifies the mean over its positions.

    Source: Vaswani et al., "Attention Is All You Need", arXiv 1706.03762; norms before each half of a block, GELU,
    learned positions and the initial weights (standard deviation 0.02, smaller by the root of the number of additions
    where a block adds) as in Radford et al., "Language Models are Unsupervised Multitask Learners" (GPT-2), 2019.

    Args:
        in_shape: (length, features) of one sequence, or (length,) of tokens; shorter ones are taken too.
        classes: Number of outputs of a classifier.
        vocabulary: Number of tokens; 0 means that inputs are features. For a classifier token 0 is padding.
        next_token: Predict the token that follows, at every position, instead of classes.
        width: Features at a position.
        layers: Blocks.
        heads: Attentions side by side in a block; divides ``width``.
        dropout: Share of embeddings, attention weights and of what a block adds set to zero in training.
        tied: Share the embedding with the last layer of a language model (Press, Wolf, arXiv 1608.05859).
        context: Most positions of a sequence.

    Raises:
        ValueError: The inputs are no sequences, or longer than ``context``, or keys do not go together.
    """

    def __init__(
        self,
        in_shape: Sequence[int],
        classes: int,
        vocabulary: int = 0,
        next_token: bool = False,
        width: Count = 128,
        layers: Count = 2,
        heads: Count = 4,
        dropout: Fraction = 0.1,
        tied: bool = False,
        context: Count = 256,
    ) -> None:
        super().__init__()
        check_sequence(in_shape, vocabulary, next_token)
        if width % heads:
            raise ValueError(f"model.width={width} cannot be divided among model.heads={heads}")
        if tied and not next_token:
            raise ValueError("model.tied=true is for language models: a classifier has no output for each token")
        self.next_token = next_token
        self.context = context
        """Tokens that a language model looks back."""
        self._check_length(in_shape[0])
        self.embed: nn.Embedding | nn.Linear
        if vocabulary:
            self.embed = nn.Embedding(vocabulary, width, padding_idx=None if next_token else PADDING)
        else:
            self.embed = nn.Linear(in_shape[1], width)
        self.padded = vocabulary > 0 and not next_token
        self.positions = nn.Embedding(context, width)
        self.drop = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.decoder = nn.Linear(width, vocabulary if next_token else classes)
        self._start()
        if tied:
            self.decoder.weight = self.embed.weight

    def _start(self) -> None:
        """Draw the weights."""
        nn.init.normal_(self.positions.weight, std=0.02)
        for module in self.modules():
            if isinstance(module, nn.Embedding | nn.Linear):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
            if isinstance(module, nn.Embedding) and module.padding_idx is not None:
                nn.init.zeros_(module.weight[module.padding_idx])
        for block in self.blocks:
            assert isinstance(block, Block)
            for last in (block.project, block.contract):
                nn.init.normal_(last.weight, std=0.02 / (2 * len(self.blocks)) ** 0.5)

    def _check_length(self, length: int) -> None:
        if length > self.context:
            raise ValueError(
                f"model.context={self.context} is too short for sequences of {length}: "
                f"give model.context at least {length}"
            )

    def forward(self, inputs: Tensor) -> Tensor:
        """Map [n, length, features] or int64 tokens [n, length] to scores [n, classes] or [n, length, vocabulary].

        Raises:
            ValueError: The sequence is longer than ``context``.
        """
        length = inputs.shape[1]
        self._check_length(length)
        values: Tensor = self.drop(self.embed(inputs) + self.positions.weight[:length])
        valid = mask = None
        if self.padded:
            count = lengths(inputs).unsqueeze(1)
            valid = torch.arange(length, device=inputs.device) < count
            mask = valid[:, None, None, :]
        for block in self.blocks:
            values = block(values, mask, self.next_token)
        values = self.norm(values)
        if valid is not None:
            values = (values * valid.unsqueeze(2)).sum(1) / count
        elif not self.next_token:
            values = values.mean(1)
        scores: Tensor = self.decoder(values)
        return scores
