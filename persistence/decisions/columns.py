"""A batch of decisions as numbers: each text is told once a file and stands by its number after that.

A reason with figures in it would fill that dictionary. Where time counts it is written out; where space
counts it is told by its template: ``draw 17: 0.4312`` is ``draw #: 0.#`` with 17 and 4312.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

import msgspec

from trading.actions import Action
from trading.decision import DecidedBatch, LedgerPoint, Setup, WatcherBatch
from trading.observation import Resting

ACTIONS: Final = ("HOLD", "BUY_YES", "SELL_YES", "BUY_NO", "SELL_NO")
"""An action's number is its place here, in every file: only ever added to."""

MOST_TEMPLATES: Final = 4_096  # of a file; a strategy that never says the same twice is written out
PLAIN: Final = 0  # in the place of a template: the reason is written out

_NUMBERS: Final = {Action(word): number for number, word in enumerate(ACTIONS)}
_ACTIONS: Final = tuple(map(Action, ACTIONS))
_DIGITS: Final = re.compile("([0-9]+)")
_MARK: Final = "\x1f"  # of a number in a template; behind it how it is written
_AS_IT_IS: Final = "@"  # else the character that many behind it: so many digits, zeros first
_MOST_DIGITS: Final = 18  # fit 64 bits
_MARKED: Final = re.compile("\x1f(.)")

Source = tuple[int, int, int, int]
"""Connection, newest message of its books and of its trades, and when it was confirmed."""


class Columns(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A ``DecidedBatch`` without what its file says once; rows are in the order of ``tickers``."""

    batch_no: int
    decided_us: int
    observed_us: int
    clock_offset_us: int
    watcher: tuple[int, int, int, int]
    ledgers: list[tuple[int, int]]  # name of the outbox and seq
    credits: int
    awaiting: list[int]
    blocked: list[int]
    sources: list[Source]  # the different ones
    tickers: list[int]
    source: list[int]  # of each row, its place in ``sources``
    changed_ago_us: list[int]  # before ``observed_us``
    actions: list[int]
    outcomes: list[int]
    templates: list[int]
    numbers: list[int]  # of all templates, row by row
    plain: list[str]  # reasons that are written out, row by row
    yes_bids_e4: list[int]
    yes_asks_e4: list[int]
    positions: list[tuple[int, int]]  # row and position_e2, of those that are not flat
    resting: list[tuple[int, int, int, int, int]]  # row and ``Resting``, of those that have any


class Names:
    """The texts of one file and their numbers, from 1 on."""

    def __init__(self, *, splits: bool) -> None:
        """``splits``: reasons are told by templates and numbers, which takes longer and less room."""
        self.splits = splits
        self._numbers: dict[str, int] = {}
        self._templates = 0
        self.unwritten: list[tuple[int, str]] = []
        """Number and text of those that are in no file yet."""

    def number(self, text: str) -> int:
        found = self._numbers.get(text)
        return self._add(text) if found is None else found

    def all(self, texts: Sequence[str]) -> list[int]:
        numbers = self._numbers
        try:
            return [numbers[text] for text in texts]
        except KeyError:
            return [self.number(text) for text in texts]

    def template(self, text: str) -> int:
        """The number of a template, ``PLAIN`` when there are too many."""
        found = self._numbers.get(text)
        if found is not None:
            return found
        if self._templates >= MOST_TEMPLATES:
            return PLAIN
        self._templates += 1
        return self._add(text)

    def _add(self, text: str) -> int:
        number = self._numbers[text] = len(self._numbers) + 1
        self.unwritten.append((number, text))
        return number


def to_columns(batch: DecidedBatch, names: Names) -> Columns:
    """The batch as numbers; ``names`` learns the texts that are new."""
    watcher = batch.watcher
    sources, source = _sources(batch)
    templates, numbers, plain = (_split if names.splits else _whole)(batch.reasons, names)
    observed_us = batch.observed_us
    return Columns(
        batch_no=batch.batch_no,
        decided_us=batch.decided_us,
        observed_us=observed_us,
        clock_offset_us=batch.clock_offset_us,
        watcher=(watcher.shard, watcher.incarnation, watcher.batch_no, watcher.tape_no),
        ledgers=[(names.number(point.outbox_id), point.seq) for point in batch.ledgers],
        credits=batch.credits,
        awaiting=names.all(batch.awaiting),
        blocked=names.all(batch.blocked),
        sources=sources,
        tickers=names.all(batch.tickers),
        source=source,
        changed_ago_us=[observed_us - changed_us for changed_us in batch.changed_us],
        actions=[_NUMBERS[action] for action in batch.actions],
        outcomes=names.all(batch.outcomes),
        templates=templates,
        numbers=numbers,
        plain=plain,
        yes_bids_e4=list(batch.yes_bids_e4),
        yes_asks_e4=list(batch.yes_asks_e4),
        positions=[(row, held_e2) for row, held_e2 in enumerate(batch.positions_e2) if held_e2],
        resting=[(row, *resting) for row, resting in enumerate(batch.resting) if any(resting)],
    )


def _sources(batch: DecidedBatch) -> tuple[list[Source], list[int]]:
    rows = list(zip(batch.streams, batch.seqs, batch.trade_seqs, batch.confirmed_us, strict=True))
    places = {source: place for place, source in enumerate(dict.fromkeys(rows))}
    return list(places), [places[row] for row in rows]


_Reasons = tuple[list[int], list[int], list[str]]
"""Templates, their numbers, and what is written out."""


def _whole(reasons: Sequence[str], names: Names) -> _Reasons:
    """A reason without figures is its own template."""
    has_digits = _DIGITS.search
    templates = [PLAIN if has_digits(text) or _MARK in text else names.template(text) for text in reasons]
    plain = [text for text, template in zip(reasons, templates, strict=True) if template == PLAIN]
    return templates, [], plain


def _split(reasons: Sequence[str], names: Names) -> _Reasons:
    templates: list[int] = []
    numbers: list[int] = []
    plain: list[str] = []
    for reason in reasons:
        split = split_numbers(reason)
        template = PLAIN if split is None else names.template(split[0])
        templates.append(template)
        if split is None or template == PLAIN:
            plain.append(reason)
        else:
            numbers += split[1]
    return templates, numbers, plain


def split_numbers(text: str) -> tuple[str, list[int]] | None:
    """The text's template and its numbers; None for a text that has none from which it comes back."""
    if _MARK in text:
        return None
    parts = _DIGITS.split(text)
    if len(parts) == 1:
        return text, []
    digits = parts[1::2]
    for place, run in enumerate(digits):
        width = len(run)
        if width > _MOST_DIGITS:
            return None
        as_written = chr(ord(_AS_IT_IS) + width) if run[0] == "0" and width > 1 else _AS_IT_IS
        parts[2 * place + 1] = _MARK + as_written
    return "".join(parts), list(map(int, digits))


def join_numbers(template: str, numbers: Iterator[int]) -> str:
    """The text again; takes as many of the numbers as it has."""
    written, count = _format_of(template)
    if not count:
        return template
    taken = tuple(islice(numbers, count))
    if len(taken) < count:
        raise ValueError(f"the template {template!r} lacks numbers")
    return written % taken


def slots(template: str) -> int:
    """The number of slots in the template."""
    return template.count(_MARK)


@lru_cache(maxsize=MOST_TEMPLATES)
def _format_of(template: str) -> tuple[str, int]:
    """The template as a format of ``%``, and how many numbers it takes."""
    parts = _MARKED.split(template)
    literals = [literal.replace("%", "%%") for literal in parts[::2]]
    widths = [ord(mark) - ord(_AS_IT_IS) or 1 for mark in parts[1::2]]
    slots = [f"%0{width}d{literal}" for width, literal in zip(widths, literals[1:], strict=True)]
    return literals[0] + "".join(slots), len(widths)


def from_columns(columns: Columns, texts: Sequence[str], setup: Setup) -> DecidedBatch:
    """The batch that the columns were made of; ``texts`` are those of their file by number.

    Raises IndexError, TypeError or ValueError for columns that were made of none.
    """
    count = len(columns.tickers)
    sources = [columns.sources[place] for place in columns.source]
    streams, seqs, trade_seqs, confirmed_us = zip(*sources, strict=True) if count else ((),) * 4
    positions_e2, resting = [0] * count, [Resting()] * count
    for row, held_e2 in columns.positions:
        positions_e2[row] = held_e2
    for row, *orders in columns.resting:
        resting[row] = Resting(*orders)
    return DecidedBatch(
        batch_no=columns.batch_no,
        decided_us=columns.decided_us,
        observed_us=columns.observed_us,
        session=setup.session,
        incarnation=setup.incarnation,
        strategy=setup.strategy,
        watcher=WatcherBatch(*columns.watcher),
        ledgers=tuple([LedgerPoint(texts[name], seq) for name, seq in columns.ledgers]),
        credits=columns.credits,
        awaiting=tuple([texts[name] for name in columns.awaiting]),
        tickers=tuple([texts[name] for name in columns.tickers]),
        streams=streams,
        seqs=seqs,
        trade_seqs=trade_seqs,
        changed_us=tuple([columns.observed_us - ago_us for ago_us in columns.changed_ago_us]),
        confirmed_us=confirmed_us,
        actions=tuple([_ACTIONS[number] for number in columns.actions]),
        reasons=tuple(_reasons_again(columns, texts)),
        outcomes=tuple([texts[name] for name in columns.outcomes]),  # type: ignore[misc]  # as they were
        clock_offset_us=columns.clock_offset_us,
        blocked=tuple([texts[name] for name in columns.blocked]),
        yes_bids_e4=tuple(columns.yes_bids_e4),
        yes_asks_e4=tuple(columns.yes_asks_e4),
        positions_e2=tuple(positions_e2),
        resting=tuple(resting),
    )


def _reasons_again(columns: Columns, texts: Sequence[str]) -> Iterator[str]:
    numbers, plain = iter(columns.numbers), iter(columns.plain)
    for template in columns.templates:
        yield next(plain) if template == PLAIN else join_numbers(texts[template], numbers)
