"""The samples with which a model had most trouble, to look at."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.inference.judged import Sample


def samples(worst: Sequence[Sample]) -> str:
    """Return samples with what they are and what was said, as HTML; images are in the page itself."""
    if not worst:
        return ""
    kind = "samples" if worst[0].picture else "samples texts"
    return f'<div class="{kind}">{"".join(map(one, worst))}</div>'


def one(sample: Sample) -> str:
    """Return one sample."""
    words = f"#{sample.index}: is {sample.truth}, said {sample.said}"
    if sample.chance is not None:
        words += f", {sample.chance:.1%} for the truth"
    if not sample.picture:
        return f"<figure><code>{escape(sample.text)}</code><figcaption>{escape(words)}</figcaption></figure>"
    address = f"data:image/png;base64,{base64.b64encode(sample.picture).decode()}"
    return f'<figure><img src="{address}" alt="{escape(words)}"><figcaption>{escape(words)}</figcaption></figure>'
