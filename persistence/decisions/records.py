"""Reads from an account's files what was decided on one market lately, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain, takewhile
from pathlib import Path
from typing import Final, NamedTuple

from persistence import account_files
from persistence.decisions import earlier_journal
from persistence.decisions.files import JournalFile, journal_files, named_journal
from persistence.decisions.journal import JournalReader
from persistence.decisions.sources import removed_journals
from persistence.faults import NotMadeYet, PersistenceError
from persistence.outbox import OutboxReader
from trading.decision import DecidedBatch
from trading.decision_hash import NONE_YET
from trading.decision_history import DecisionMade, Fate, decisions_on, fates
from trading.events import LedgerEvent

MOST_DECISIONS: Final = 200  # of the market: those that are counted
MOST_BATCHES: Final = 40_000  # looked into; at some 4 µs each
MOST_EVENTS: Final = 200_000  # of each ledger, from the newest back
AFTER_US: Final = 60_000_000  # an order's first event is written this soon after its decision


class Records(NamedTuple):
    """``made``: decisions on the market, the newest first. ``batches``: how many were looked into.

    ``is_cut``: there may be more, and enough was looked into. ``is_whole``: those were all there are.
    ``notes``: what could not be read.
    """

    made: list[DecisionMade]
    fates: dict[str, Fate]
    batches: int
    is_cut: bool
    is_whole: bool
    notes: list[str]


Older = Callable[[], Iterator[DecidedBatch | None]]


class _Looking:
    """Batches from the newest back, until enough were looked into."""

    def __init__(self) -> None:
        self.batches = 0
        self.found = 0
        self.notes: list[str] = []

    def goes_on(self) -> bool:
        return self.batches < MOST_BATCHES and self.found < MOST_DECISIONS

    def take(self, batches: Older) -> Iterator[DecidedBatch]:
        if not self.goes_on():
            return
        try:
            for batch in batches():
                self.batches += 1
                if batch is not None:
                    self.found += 1
                    yield batch
                if not self.goes_on():
                    return
        except PersistenceError as error:
            self.notes.append(str(error))


def records_of(
    folder: Path,
    ticker: str,
    *,
    session: str = "",
    older: Older | None = None,
) -> Records:
    """The market's decisions in the files of an account's folder; only those of ``session`` if it is named.

    ``older``: all batches that are in no file any more, the newest first, with None for one that did not
    decide on the market. None: they are not looked at.
    """
    looking = _Looking()
    files = [
        file for file in journal_files(folder / account_files.DECISIONS) if session in ("", file.session)
    ]
    parts: list[Older] = [partial(_latest_in, file.path, ticker) for file in reversed(files)]
    parts.append(partial(_earlier, folder / earlier_journal.NAME, ticker, session))
    if older is not None:
        parts.append(older)
    elif _have_left(folder, files, session):
        looking.notes.append("earlier decisions are in the database alone, and it was not asked")
    batches = chain.from_iterable(looking.take(part) for part in parts)
    found = (each for each in decisions_on(ticker, batches) if session in ("", each.session))
    made = list({each.name: each for each in found}.values())  # a file may be in the database already
    told, is_cut = _fates(folder, made, looking.notes), not looking.goes_on()
    return Records(made, told, looking.batches, is_cut, not (is_cut or looking.notes), looking.notes)


def _have_left(folder: Path, files: Sequence[JournalFile], session: str) -> bool:
    """Whether journals of the session, or of any, are not here any more."""
    if any(
        (named := named_journal(source)) is not None and session in ("", named[0])
        for source in removed_journals(folder)
    ):
        return True
    lives: dict[str, set[int]] = {}
    for file in files:
        lives.setdefault(file.session, set()).add(file.incarnation)
    if any(known != set(range(1, max(known) + 1)) for known in lives.values()):
        return True
    firsts = {(file.session, file.incarnation): file for file in reversed(files)}.values()
    return any(not _is_first_part(file.path) for file in firsts)


def _is_first_part(path: Path) -> bool:
    try:
        with JournalReader(path) as reader:
            return reader.head.hash_before == NONE_YET
    except PersistenceError:
        return True  # told where it is read


def _latest_in(path: Path, ticker: str) -> Iterator[DecidedBatch | None]:
    with JournalReader(path) as reader:
        yield from reader.latest_on(ticker)


def _earlier(path: Path, ticker: str, session: str) -> Iterator[DecidedBatch | None]:
    if path.exists():
        for batch in earlier_journal.latest_earlier(path):
            yield batch if ticker in batch.tickers and session in ("", batch.session) else None


def _fates(folder: Path, made: list[DecisionMade], notes: list[str]) -> dict[str, Fate]:
    asked = {each.name for each in made if each.outcome == "asked"}
    if not asked:
        return {}
    since_us = min(each.decided_us for each in made) - AFTER_US
    ledgers = []
    for name in (account_files.ORDER_MANAGER, account_files.FILL_PROCESSOR):
        try:
            ledgers.append(_since(folder / name, since_us))
        except NotMadeYet:
            ledgers.append([])
        except PersistenceError as error:
            notes.append(str(error))
            ledgers.append([])
    return fates(asked, *ledgers)


def _since(path: Path, since_us: int) -> list[LedgerEvent]:
    """The events from then on, the oldest first."""
    with closing(OutboxReader(path)) as reader:
        newer = takewhile(lambda event: event.at_us >= since_us, reader.latest())
        found = [event for _, event in zip(range(MOST_EVENTS), newer, strict=False)]
    return found[::-1]
