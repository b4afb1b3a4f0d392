"""A session's terms as they were recorded: the limits of risk and the terms of its markets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from pydantic import ValidationError

from settings.config import Config
from trading.events import LedgerEvent, MarketSeen, SessionStarted
from trading.market import ONE_DOLLAR_E4, Market, PriceGrid, PriceRange
from trading.risk import RiskLimits
from trading.venue_time import VenueTimeUs

_ANY_PRICE: Final = PriceGrid((PriceRange(0, ONE_DOLLAR_E4, 1),))
_NEVER_US: Final = VenueTimeUs(2**62)


def config_of(about: Iterable[LedgerEvent], session: str) -> Config | None:
    """The configuration of the session; None where it is not recorded, or is that of another version."""
    for event in about:
        if isinstance(event, SessionStarted) and event.session == session:
            try:
                return Config.model_validate(event.config)
            except ValidationError:
                return None
    return None


def limits_of(about: Iterable[LedgerEvent], session: str) -> RiskLimits | None:
    """The limits that its orders were held against."""
    config = config_of(about, session)
    return None if config is None else config.limits()


def markets_of(about: Iterable[LedgerEvent]) -> dict[str, Market]:
    """The markets with the fees and events that were last told of them.

    Their status, close and grid at each moment are not recorded: they forbid nothing here.
    """
    return {
        event.ticker: Market(
            ticker=event.ticker,
            event_ticker=event.event_ticker,
            series_ticker=event.series_ticker,
            status="active",
            grid=_ANY_PRICE,
            exchange_index=event.exchange_index,
            close_us=_NEVER_US,
            fee_type=event.fee_type,
            fee_multiplier_e4=event.fee_multiplier_e4,
        )
        for event in about
        if isinstance(event, MarketSeen)
    }


def market_at(ticker: str, event: str, close_us: VenueTimeUs, known: Market | None) -> Market:
    """A market with the close that its tape tells. Where no terms are recorded, the dearest fees count."""
    if known is not None:
        return replace(known, close_us=close_us)
    return Market(
        ticker=ticker,
        event_ticker=event,
        series_ticker=event.partition("-")[0],
        status="active",
        grid=_ANY_PRICE,
        exchange_index=0,
        close_us=close_us,
        fee_type="",
        fee_multiplier_e4=ONE_DOLLAR_E4,
    )
