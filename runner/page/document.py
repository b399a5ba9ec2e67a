"""One page in one file: no script runs but its own, nothing is asked of a network, what users wrote is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template

from runner.durable import write_text

HERE = Path(__file__).parent

Cell = tuple[str, str]
"""What stands in a cell, as HTML, and by what it is sorted."""


def document(title: str, about: Iterable[str], body: Iterable[str]) -> str:
    """Return a page.

    Args:
        title: Its name, as text.
        about: What stands under it, as texts; empty ones are left out.
        body: Its parts, as HTML.
    """
    script = (HERE / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return Template((HERE / "page.html").read_text(encoding="utf-8")).substitute(
        title=escape(title),
        about=escape(" · ".join(word for word in about if word)),
        body="\n".join(part for part in body if part),
        hash=f"sha256-{digest}",
        script=script,
    )


def write_document(path: Path, text: str) -> Path:
    """Write a page, whole or not at all, and return its path; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text.encode("utf-8", "replace").decode())
    return path


def section(head: str, about: str, inside: str) -> str:
    """Return a part of a page, or nothing if there is nothing inside.

    Args:
        head: Its name, as text.
        about: What one sees, as text.
        inside: As HTML.
    """
    if not inside:
        return ""
    return f"<h2>{escape(head)}</h2>\n<figure>{inside}<figcaption>{escape(about)}</figcaption></figure>"


def folded(summary: str, inside: str) -> str:
    """Return text that is shown when one asks for it."""
    return f"<details><summary>{escape(summary)}</summary><pre>{escape(inside)}</pre></details>"


def sortable(heads: Sequence[str], lines: Iterable[str]) -> str:
    """Return a table that a click on a head sorts.

    Args:
        heads: Names of the columns, as texts.
        lines: Rows, see ``line``.
    """
    top = "".join(f'<th scope="col"><button type="button">{escape(head)}</button></th>' for head in heads)
    body = "\n".join(lines)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>\n{body}\n</tbody></table></div>'


def line(cells: Iterable[Cell], kind: str = "", more: str = "") -> str:
    """Return a row of a table.

    Args:
        cells: The row's.
        kind: Class of the row.
        more: Further cells, as HTML.
    """
    inner = "".join(f'<td data-v="{escape(by)}">{shown}</td>' for shown, by in cells)
    start = f'<tr class="{kind}">' if kind else "<tr>"
    return f"{start}{inner}{more}</tr>"


def text(word: str) -> Cell:
    """Return a cell with a text."""
    return escape(word), word
