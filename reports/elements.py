"""The pieces of a page: cards, tables, notes. Whatever is written into them is escaped here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape

from trading.printable import printable

Cell = str | tuple[str, str]
"""Of a table: words, or a name and what is said of it below."""


def text(words: str) -> str:
    """Words as HTML, nothing in them hidden."""
    return escape(printable(words))


def card(heading: str, *content: str, is_wide: bool = False, note: str = "") -> str:
    """``content`` is HTML."""
    kind = "card wide" if is_wide else "card"
    below = f'<p class="note">{text(note)}</p>' if note else ""
    return f'<section class="{kind}"><h2>{text(heading)}</h2>{"".join(content)}{below}</section>'


def figure(heading: str, value: str, note: str = "", *, kind: str = "") -> str:
    """One large figure. ``kind``: gain or loss."""
    return (
        f'<section class="card"><h2>{text(heading)}</h2><p class="figure {kind}">{text(value)}</p>'
        f'<p class="note">{text(note)}</p></section>'
    )


def table(
    headings: Sequence[str], rows: Iterable[Sequence[Cell]], *, figures: Collection[str] = (), empty: str
) -> str:
    """``figures``: headings of the columns that are numbers. ``empty`` stands there when no row does."""
    kinds = [' class="n"' if heading in figures else "" for heading in headings]
    body = "".join(
        f"<tr>{''.join(f'<td{kind}>{_cell(word)}</td>' for word, kind in zip(row, kinds, strict=True))}</tr>"
        for row in rows
    )
    if not body:
        return f'<p class="note">{text(empty)}</p>'
    head = "".join(f"<th{kind}>{text(heading)}</th>" for heading, kind in zip(headings, kinds, strict=True))
    return f'<div class="rows"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(words: Cell) -> str:
    if isinstance(words, str):
        return text(words)
    name, about = words
    return f"{text(name)}<small>{text(about)}</small>" if about else text(name)


def legend(parts: Iterable[tuple[str, str]]) -> str:
    """Names of parts, each with a word about it; the style sheet has their colours."""
    items = "".join(
        f'<li data-action="{text(name)}">{text(name)} <b>{text(word)}</b></li>' for name, word in parts
    )
    return f'<ul class="legend">{items}</ul>'


def sign(amount: int) -> str:
    """The class of an amount."""
    return "gain" if amount > 0 else "loss" if amount < 0 else ""
