"""Drawing text from a language model, one token after the other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn

from runner.loop import forget


@torch.inference_mode()
def sample(
    model: nn.Module,
    ids: Sequence[int],
    length: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    generator: Generator | None = None,
    context: int | None = None,
) -> list[int]:
    """Return the tokens with which a model goes on.

    Args:
        model: Maps tokens, int64 [1, t], to scores [1, t, tokens]; on the CPU. It is put into evaluation mode, and
            what it carried on before is forgotten.
        ids: What the text begins with, at least one token.
        length: How many tokens to draw.
        temperature, top_k, generator: See ``draw``.
        context: How many of the last tokens the model is shown each time. None: it carries its state on, and is shown
            every token once.

    Raises:
        ValueError: There is nothing to begin with, or a number is out of range.
    """
    if not ids:
        raise ValueError("a text needs at least one token to begin with")
    if context is not None and context < 1:
        raise ValueError(f"context must be >= 1, got {context}")
    forget(model.eval())
    text = list(ids)
    shown = text if context is None else text[-context:]
    for _ in range(length):
        scores = model(torch.tensor([shown]))[0, -1]
        text.append(draw(scores, temperature, top_k, generator))
        shown = text[-(context or 1) :]
    return text[len(ids) :]


def draw(scores: Tensor, temperature: float = 1.0, top_k: int | None = None, generator: Generator | None = None) -> int:
    """Return one token, drawn with the probability softmax(scores / temperature).

    Args:
        scores: Of each token, float [tokens].
        temperature: Below 1 likely tokens become likelier; 0 takes the best one.
        top_k: Draw among so many of the best (Fan, Lewis, Dauphin, "Hierarchical Neural Story Generation", arXiv
            1805.04833, section 5.1). None: among all.
        generator: Where the random numbers come from; None: torch's global one.

    Raises:
        ValueError: A number is out of range.
    """
    if not temperature >= 0:
        raise ValueError(f"temperature must be >= 0, got {temperature}")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k must be >= 1, got {top_k}")
    if temperature == 0:
        return int(scores.argmax())
    best, tokens = scores.double().topk(len(scores) if top_k is None else min(top_k, len(scores)))
    chances = ((best - best[0]) / temperature).softmax(0)  # the best is 0: nothing overflows, however cold
    return int(tokens[torch.multinomial(chances, 1, generator=generator)])


def remembered(model: nn.Module, window: int) -> int | None:
    """Return how many tokens a model has to be shown each time; None for one that carries its state.

    A recurrent model that began every window anew in training carries its state here. Others are shown no more than a
    window of those that they learned from: places behind its end they have never seen.

    Args:
        model: One that carries a state can ``forget`` it; is told to carry it on.
        window: Tokens that it was shown at a time in training.
    """
    if hasattr(model, "stateful") and hasattr(model, "forget"):
        model.stateful = True  # type: ignore[assignment]
        return None
    context = getattr(model, "context", None if hasattr(model, "forget") else window)
    return None if context is None else min(context, window)
