"""The parts of OrderManager that exist from its beginning, whatever is known of the account."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from execution.book_report import BookReport
from execution.chosen_markets import ChosenMarkets
from execution.clock_notes import ClockNotes
from execution.committed_facts import CommittedFacts
from execution.data_watch import DataWatch
from execution.execution_books import ExecutionBooks, WatchedBooks
from execution.execution_markets import ExecutionMarkets
from execution.halt_latch import HaltLatch
from execution.market_reading import MarketReading
from execution.opening import AccountParts
from execution.permits import HeldPermits
from execution.venue_books import books_of
from execution.venue_watch import VenueWatch
from kalshi_client.background import Background
from kalshi_client.rest.client import RestClient
from kalshi_client.stream.inbox import Item
from persistence import account_files
from persistence.outbox import Outbox
from settings.config import Config
from settings.venue_access import VenueAccess, account_rest_for
from trading.decision import Terms
from trading.market_map import MarketMap

THREADS: Final = 4  # calls at once; the venue's budget is spent long before


@dataclass(frozen=True)
class ManagerSetup:
    """``folder`` is the account's. ``is_one_venue``: orders meet the books that are watched."""

    config: Config
    account: str
    folder: Path
    venue: VenueAccess
    renamed: Mapping[str, str]
    is_one_venue: bool
    started_us: int

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> ManagerSetup:
        """From what OrderManager is set up with."""
        return cls(
            config=Config.model_validate(settings["config"]),
            account=settings["account"],
            folder=Path(settings["account_dir"]),
            venue=VenueAccess(**settings["execution"]),
            renamed=settings["renamed"],
            is_one_venue=settings["is_one_venue"],
            started_us=settings["started_us"],
        )


@dataclass(frozen=True)
class ManagerParts:
    """``label`` names the execution venue for people."""

    folder: Path
    label: str
    terms: Terms
    outbox: Outbox
    facts: CommittedFacts
    latch: HaltLatch
    rest: RestClient
    background: Background
    reading: MarketReading
    venue: VenueWatch
    names: MarketMap
    chosen: ChosenMarkets
    permits: HeldPermits
    data: DataWatch
    books: ExecutionBooks
    book_report: BookReport
    clock_notes: ClockNotes

    @property
    def markets(self) -> ExecutionMarkets:
        """The markets of the execution venue, as they were read last."""
        return self.reading.markets

    @classmethod
    def of(
        cls,
        setup: ManagerSetup,
        log: logging.Logger,
        *,
        keep: Callable[[Sequence[Item]], None] | None,
    ) -> ManagerParts:
        """Opens the outbox. ``keep`` is handed the frames of the execution venue's books, where it has its
        own."""
        config, rest = setup.config, account_rest_for(setup.venue)
        names = MarketMap(setup.renamed)
        permits = HeldPermits(names)
        reading = MarketReading(rest, refresh_s=config.markets.refresh_s)
        risk, execution = config.risk, config.execution
        books: ExecutionBooks = WatchedBooks(permits)
        if not setup.is_one_venue:
            books = books_of(setup.venue, rest, config, keep=keep)
        options = config.strategy.options
        return cls(
            folder=setup.folder,
            label=setup.venue.label,
            terms=Terms(options.style, options.contracts_e2()),
            outbox=Outbox(setup.folder / account_files.ORDER_MANAGER, "OrderManager"),
            facts=CommittedFacts(setup.folder / account_files.FILL_PROCESSOR),
            latch=HaltLatch(setup.folder / "halt.json"),
            rest=rest,
            background=Background(THREADS, name="orders"),
            reading=reading,
            venue=VenueWatch(rest, log),
            names=names,
            chosen=ChosenMarkets(names, reading.markets),
            permits=permits,
            data=DataWatch(permits.shards, silence_s=risk.silence_s, on_down=execution.on_data_down),
            books=books,
            book_report=BookReport(books, permits, valuation=execution.valuation, silence_s=risk.silence_s),
            clock_notes=ClockNotes(config.limits().max_clock_offset_us),
        )

    def of_account(self, setup: ManagerSetup, log: logging.Logger) -> AccountParts:
        """The parts that the phases of the account work with."""
        config = setup.config
        return AccountParts(
            setup.account,
            names=self.names,
            outbox=self.outbox,
            facts=self.facts,
            markets=self.markets,
            books=self.books,
            permits=self.permits,
            latch=self.latch,
            limits=config.limits(),
            order_ttl_us=config.risk.order_ttl_us(),
            foreign=config.execution.foreign_orders,
            session_from_us=setup.started_us,
            rest=self.rest,
            background=self.background,
            pauses=self.venue.pauses,
            log=log,
        )
