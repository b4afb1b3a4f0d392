"""An account's balance, positions and settlements on the wire (protocol 3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta, Struct

from kalshi_client.wire.bodies import RowsPage
from kalshi_client.wire.numbers import (
    CountText,
    MoneyText,
    Name,
    OptionalName,
    Seconds,
    Shard,
    SignedCountText,
    SignedMoneyText,
    Subaccount,
    Time,
    count_e2,
    epoch_us,
    money_e6,
    seconds_us,
    signed_count_e2,
    signed_money_e6,
    subaccount_of,
    told,
)
from kalshi_client.wire.records import Balance, Settlement
from kalshi_client.wire.salvage import Needed
from trading.events import PositionAt

E4_PER_CENT: Final = 100
E6_PER_CENT: Final = 10_000
_PAYS_CENTS: Final = {"yes": 100, "no": 0}  # by result, exactly
Cents = Annotated[int, Meta(ge=-(10**12), le=10**12)]


@dataclass(frozen=True, slots=True)
class PositionRecord:
    """All that the venue says of a position; how it counts is its own affair (protocol 7.5)."""

    position: PositionAt
    traded_e6: int  # spent on the market so far
    updated_us: int | None


@dataclass(frozen=True, slots=True)
class EventPosition:
    """The positions in the markets of one event: all, or those on the same page, which is not published."""

    event_ticker: str
    cost_e6: int | None  # spent so far; None, here and below, is what was not told
    shares_e2: int | None  # traded so far
    exposure_e6: int | None  # cost of what is held now
    realised_e6: int | None  # without fees
    fees_e6: int | None


class _ShardBalance(Struct):
    exchange_index: Shard
    balance: SignedMoneyText


class BalanceBody(Struct):
    balance_breakdown: Needed[list[_ShardBalance] | None] = None
    balance_dollars: Needed[SignedMoneyText | None] = None
    portfolio_value: Cents | None = None
    updated_ts: Seconds | None = None

    def to_value(self) -> Balance:
        value, updated = self.portfolio_value, self.updated_ts
        return Balance(
            available_e6=self._available_e6(),
            portfolio_value_e6=None if value is None else value * E6_PER_CENT,
            updated_us=None if updated is None else seconds_us(updated),
        )

    def _available_e6(self) -> dict[int, int]:
        if self.balance_breakdown:
            return {shard.exchange_index: signed_money_e6(shard.balance) for shard in self.balance_breakdown}
        if self.balance_dollars is None:
            raise ValueError("neither balance_breakdown nor balance_dollars is there")
        return {0: signed_money_e6(self.balance_dollars)}


class _Position(Struct):
    ticker: Name
    position_fp: SignedCountText
    market_exposure_dollars: SignedMoneyText
    realized_pnl_dollars: SignedMoneyText
    fees_paid_dollars: SignedMoneyText
    exchange_index: Needed[Shard | None] = None
    subaccount: Needed[Subaccount | None] = None
    subaccount_number: Needed[Subaccount | None] = None
    total_traded_dollars: MoneyText | None = None
    last_updated_ts: Time | None = None

    def to_value(self) -> PositionAt:
        return PositionAt(
            ticker=self.ticker,
            exchange_index=self.exchange_index or 0,
            position_e2=signed_count_e2(self.position_fp),
            cost_e6=signed_money_e6(self.market_exposure_dollars),
            realised_e6=signed_money_e6(self.realized_pnl_dollars),
            fees_e6=signed_money_e6(self.fees_paid_dollars),
            subaccount=subaccount_of(self.subaccount, self.subaccount_number),
        )

    def to_record(self) -> PositionRecord:
        traded, updated = self.total_traded_dollars, self.last_updated_ts
        return PositionRecord(
            self.to_value(),
            money_e6(traded) if traded else 0,
            None if updated is None else epoch_us(updated),
        )


class _EventPosition(Struct):
    event_ticker: Name
    total_cost_dollars: SignedMoneyText | None = None
    total_cost_shares_fp: CountText | None = None
    event_exposure_dollars: SignedMoneyText | None = None
    realized_pnl_dollars: SignedMoneyText | None = None
    fees_paid_dollars: SignedMoneyText | None = None

    def to_value(self) -> EventPosition:
        return EventPosition(
            self.event_ticker,
            told(signed_money_e6, self.total_cost_dollars),
            told(count_e2, self.total_cost_shares_fp),
            told(signed_money_e6, self.event_exposure_dollars),
            told(signed_money_e6, self.realized_pnl_dollars),
            told(signed_money_e6, self.fees_paid_dollars),
        )


class PositionsBody(Struct):
    market_positions: list[_Position] | None
    cursor: Needed[str | None] = None

    def to_value(self) -> RowsPage[PositionAt]:
        rows = [position.to_value() for position in self.market_positions or []]
        return RowsPage(rows, self.cursor or "")


class PortfolioBody(Struct):
    """The same body, read whole."""

    market_positions: list[_Position] | None
    event_positions: Needed[list[_EventPosition] | None] = None
    cursor: Needed[str | None] = None

    def to_value(self) -> RowsPage[PositionRecord | EventPosition]:
        markets = [position.to_record() for position in self.market_positions or []]
        events = [position.to_value() for position in self.event_positions or []]
        return RowsPage([*markets, *events], self.cursor or "")


class _Settlement(Struct):
    ticker: Name
    settled_time: Time
    exchange_index: Needed[Shard | None] = None
    value: Needed[Annotated[int, Meta(ge=0, le=100)] | None] = None
    subaccount: Needed[Subaccount | None] = None
    subaccount_number: Needed[Subaccount | None] = None
    market_result: OptionalName | None = None
    revenue: Cents | None = None
    event_ticker: OptionalName | None = None
    yes_count_fp: CountText | None = None
    yes_total_cost_dollars: MoneyText | None = None
    no_count_fp: CountText | None = None
    no_total_cost_dollars: MoneyText | None = None
    fee_cost: SignedMoneyText | None = None

    def to_value(self) -> Settlement:
        result, revenue = self.market_result or "", self.revenue
        cents = _PAYS_CENTS.get(result, self.value)
        return Settlement(
            ticker=self.ticker,
            exchange_index=self.exchange_index or 0,
            result=result,
            value_e4=None if cents is None else cents * E4_PER_CENT,
            revenue_e6=None if revenue is None else revenue * E6_PER_CENT,
            settled_us=epoch_us(self.settled_time),
            event_ticker=self.event_ticker or "",
            yes_count_e2=count_e2(self.yes_count_fp or "0"),
            yes_cost_e6=money_e6(self.yes_total_cost_dollars or "0"),
            no_count_e2=count_e2(self.no_count_fp or "0"),
            no_cost_e6=money_e6(self.no_total_cost_dollars or "0"),
            fee_e6=signed_money_e6(self.fee_cost or "0"),
            subaccount=subaccount_of(self.subaccount, self.subaccount_number),
            is_rounded=result not in _PAYS_CENTS,
        )


class SettlementsBody(Struct):
    settlements: list[_Settlement] | None
    cursor: Needed[str | None] = None

    def to_value(self) -> RowsPage[Settlement]:
        rows = [settlement.to_value() for settlement in self.settlements or []]
        return RowsPage(rows, self.cursor or "")
