"""The two outboxes of an account that has traded for a while, as a default session fills them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import UUID

from persistence.account_files import FILL_PROCESSOR, ORDER_MANAGER, SESSIONS
from persistence.outbox import Outbox, Writer
from trading import position_history
from trading.events import (
    AccountOpened,
    Answered,
    BalanceSeen,
    CancelAnswered,
    CancelStarted,
    FillProcessorEvent,
    FillSeen,
    IntentRecorded,
    LedgerEvent,
    MarketSeen,
    OrderManagerEvent,
    OrderSeen,
    Reconciled,
    Refused,
    SendStarted,
    SessionEnded,
    SessionStarted,
    SessionValued,
    SettlementSeen,
)
from trading.market import BookSide
from trading.portfolio import Portfolio
from trading.venue_time import VenueTimeUs

START_US = 1_796_080_975_000_000
ACCOUNT = "loopback-c9a403df"
SESSION = "stpc8y3tanr"
SECOND_US = 1_000_000
CASH_E6 = 10_000_000_000
SIDES: Final[tuple[BookSide, ...]] = ("bid", "ask")


class History:
    """Events in the order of time; each order lives a while beside the others."""

    def __init__(
        self, seed: int = 1, *, account: str = ACCOUNT, session: str = "", markets: int = 40
    ) -> None:
        self.account = account
        self.session = session or (SESSION if seed == 1 else f"{SESSION}{seed}")
        self.tickers = [
            f"KXHIGHNY-26DEC{day:02}-T{strike}.99" for day in range(1, 11) for strike in range(4)
        ][:markets]
        self.ours: list[OrderManagerEvent] = []
        self.theirs: list[FillProcessorEvent] = []
        self._random = random.Random(seed)
        self._positions: dict[str, int] = {}

    def open(self) -> None:
        opened = AccountOpened(START_US, self.account, {0: CASH_E6}, (), VenueTimeUs(START_US - SECOND_US))
        self.theirs += [opened, BalanceSeen(START_US, {0: CASH_E6})]

    def trade(self, orders: int) -> History:
        """So many orders of a default session: three in four fill, some are canceled, the rest expires."""
        if not self.theirs:
            self.open()
        first = sum(isinstance(event, IntentRecorded) for event in self.ours) + 1
        for number in range(first, first + orders):
            self._live(number, START_US + number * 400_000)
            if number % 100 == 0:
                self._check(START_US + number * 400_000)
        self.ours.sort(key=lambda event: event.at_us)
        self.theirs.sort(key=lambda event: event.at_us)
        self._place_fills()
        return self

    def settle(self, ticker: str, value_e4: int = 10_000) -> History:
        at_us = max(event.at_us for event in self.theirs) + SECOND_US
        self.theirs.append(SettlementSeen(at_us, ticker, 0, "yes", value_e4, None))
        return self

    def sessions(self) -> list[LedgerEvent]:
        """The Recorder's own records beside it."""
        config = {"markets": {"count": 1000}, "strategy": {"name": "hardcoded"}}
        names = (self.account, "loopback", "loopback", "hardcoded", "0.1.0", "3.11.7", "here", 4711, config)
        end_us = max((event.at_us for event in self.theirs), default=START_US) + SECOND_US
        seen = [_market(ticker, VenueTimeUs(end_us)) for ticker in self.tickers]
        return [
            SessionStarted(START_US - SECOND_US, self.session, *names),
            *seen,
            self._worth(end_us - 1_000),
            SessionEnded(end_us, self.session, "stopped by SIGINT"),
        ]

    def _worth(self, at_us: int) -> SessionValued:
        """At half a dollar a contract, whatever it cost."""
        portfolio = Portfolio()
        for event in self.theirs:
            position_history.take(portfolio, event)
        held = {ticker: position for ticker, position in portfolio.positions.items() if position.position_e2}
        worth_e6 = {ticker: abs(position.position_e2) * 5_000 for ticker, position in held.items()}
        cash_e6, held_e6 = sum(portfolio.cash_e6.values()), sum(worth_e6.values())
        gain_e6 = cash_e6 + held_e6 - CASH_E6
        return SessionValued(
            at_us, self.session, START_US, cash_e6, cash_e6, held_e6, gain_e6, "data", worth_e6
        )

    # --- one order -------------------------------------------------------------------------------

    def _live(self, number: int, at_us: int) -> None:
        chosen = self._random
        ticker, side = chosen.choice(self.tickers), chosen.choice(SIDES)
        action = "BUY_YES" if side == "bid" else "BUY_NO"
        decision, reason = f"{self.session}-1-{number}/{number % 40}", f"draw {number}: {chosen.random():.4f}"
        if chosen.random() < 0.02:
            self.ours.append(Refused(at_us, ticker, action, "venue_paused", decision))
        price_e4, name = chosen.randrange(1, 99) * 100, f"rl1-{self.account[-8:]}-b897c640-{number}"
        order_id = str(UUID(int=chosen.getrandbits(128)))
        intent = IntentRecorded(
            at_us=at_us,
            client_order_id=name,
            ticker=ticker,
            exchange_index=0,
            action=action,
            side=side,
            price_e4=price_e4,
            count_e2=200,
            time_in_force="good_till_canceled",
            post_only=True,
            expiration_s=at_us // SECOND_US + 60,
            decision=decision,
            reason=reason,
            decided_us=at_us - 900,
        )
        self.ours += [intent, SendStarted(at_us, name, VenueTimeUs(at_us + 62 * SECOND_US))]
        self.ours.append(Answered(at_us + 40_000, name, "accepted", order_id, 0, 200))
        seen = OrderSeen(at_us + 39_000, order_id, name, ticker, 0, side, price_e4, "resting", 200, 0, 200)
        self.theirs.append(_dated(seen))
        how = chosen.random()
        if how < 0.75:
            self._fill(seen, at_us + chosen.randrange(100_000, 50_000_000))
        elif how < 0.83:
            self._cancel(seen, at_us + chosen.randrange(100_000, 50_000_000))
        else:
            self._end(seen, at_us + 60 * SECOND_US, "expired")

    def _fill(self, seen: OrderSeen, at_us: int) -> None:
        parts = (200,) if self._random.random() < 0.9 else (50, 150)
        for count_e2 in parts:
            trade_id = str(UUID(int=self._random.getrandbits(128)))
            fill = FillSeen(
                at_us=at_us,
                trade_id=trade_id,
                order_id=seen.order_id,
                client_order_id=seen.client_order_id,
                ticker=seen.ticker,
                exchange_index=0,
                side=seen.side,
                price_e4=seen.price_e4,
                count_e2=count_e2,
                fee_e6=8_400,
                is_taker=False,
                ts_ms=at_us // 1000 - 12,
            )
            self.theirs.append(fill)
            at_us += 1_000_000
        end = replace(seen, at_us=at_us, status="executed", fill_e2=200, remaining_e2=0)
        self.theirs.append(_dated(end))

    def _cancel(self, seen: OrderSeen, at_us: int) -> None:
        name, order_id = seen.client_order_id, seen.order_id
        self.ours.append(CancelStarted(at_us, name, order_id, "the session stopped"))
        self.ours.append(CancelAnswered(at_us + 30_000, name, "canceled", 200, order_id=order_id))
        self._end(seen, at_us + 31_000, "")

    def _end(self, seen: OrderSeen, at_us: int, reason: str) -> None:
        end = replace(seen, at_us=at_us, status="canceled", remaining_e2=0, reason=reason)
        self.theirs.append(_dated(end))

    def _check(self, at_us: int) -> None:
        self.theirs.append(BalanceSeen(at_us, {0: CASH_E6}))
        self.theirs.append(Reconciled(at_us, 1, (), 0, VenueTimeUs(at_us - SECOND_US)))

    def _place_fills(self) -> None:
        """The position after each fill, as the venue tells it."""
        self._positions.clear()
        for number, event in enumerate(self.theirs):
            if isinstance(event, FillSeen):
                change_e2 = event.count_e2 if event.side == "bid" else -event.count_e2
                after_e2 = self._positions[event.ticker] = self._positions.get(event.ticker, 0) + change_e2
                self.theirs[number] = replace(event, post_position_e2=after_e2)

    # --- the files -------------------------------------------------------------------------------

    def write(self, folder: Path) -> Path:
        """Append what the folder's outboxes have not got yet."""
        files: list[tuple[str, Writer, Sequence[LedgerEvent]]] = [
            (SESSIONS, "Recorder", self.sessions()),
            (ORDER_MANAGER, "OrderManager", self.ours),
            (FILL_PROCESSOR, "FillProcessor", self.theirs),
        ]
        for file, writer, events in files:
            outbox = Outbox(folder / file, writer)
            outbox.append([(event, None) for event in events[outbox.last_seq :]])
            outbox.close()
        return folder

    def in_time(self) -> Iterator[LedgerEvent]:
        yield from sorted([*self.ours, *self.theirs], key=lambda event: event.at_us)


def _market(ticker: str, close_us: VenueTimeUs) -> MarketSeen:
    return MarketSeen(
        at_us=START_US,
        ticker=ticker,
        event_ticker=ticker.rpartition("-")[0],
        series_ticker="KXHIGHNY",
        status="active",
        exchange_index=0,
        close_us=close_us,
        fee_type="quadratic",
        fee_multiplier_e4=10_000,
        title=f"Will it be above {ticker.rpartition('T')[2]} degrees?",
    )


def _dated(seen: OrderSeen) -> OrderSeen:
    return replace(seen, ts_ms=seen.at_us // 1000 - 20)
