"""Lists of markets as messages: columns, because a list may have twenty thousand rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from actors.messages import EventAssigned, MarketsDiscovered, MarketsListed, ShardAssigned
from kalshi_client.discovery import Found
from kalshi_client.missing_markets import Missing
from market_data.market_choice import Offer
from market_data.shards import Candidate, EventFacts, Shard
from trading.coherence import EventShape, Strike
from trading.mapped_pair import MarketFacts
from trading.venue_time import VenueTimeUs

StrikeFields = tuple[str, float | None, float | None]


def discovered(found: Found) -> MarketsDiscovered:
    """The message of what was found."""
    markets = [*found.ranked, *found.others]
    number = {ticker: n for n, ticker in enumerate(found.events)}
    return MarketsDiscovered(
        tickers=[market.ticker for market in markets],
        closes_us=[market.close_us for market in markets],
        activity_e2=[market.volume_24h_e2 for market in markets],
        strikes=[_fields(market.strike) for market in markets],
        event_no=[number[market.event_ticker] for market in markets],
        events=[(event.ticker, event.is_exclusive, event.open_markets) for event in found.events.values()],
        others=len(found.others),
        left_over=found.left_over,
        unlisted=list(found.unlisted),
        fallback=found.fallback,
        as_of_us=found.as_of_us,
        missing=[(each.setting, each.name, each.why, each.suggestion) for each in found.missing],
        mapped={market.ticker: (market.texts.title, market.close_us) for market in found.mapped},
    )


def _fields(strike: Strike) -> StrikeFields:
    return strike.kind, strike.floor, strike.cap


def offered(message: MarketsDiscovered) -> Offer:
    """The markets of the message, to choose from."""
    columns: Iterable[tuple[str, int, VenueTimeUs, int, StrikeFields]] = zip(
        message.tickers,
        message.event_no,
        message.closes_us,
        message.activity_e2,
        message.strikes,
        strict=True,
    )
    found = [
        Candidate(ticker, message.events[event_no][0], close_us, activity_e2, Strike(*strike))
        for ticker, event_no, close_us, activity_e2, strike in columns
    ]
    ranked = len(found) - message.others
    events = {ticker: EventFacts(exclusive, markets) for ticker, exclusive, markets in message.events}
    return Offer(found[:ranked], found[ranked:], events, message.left_over, message.as_of_us)


def mapped_facts(message: MarketsDiscovered | MarketsListed) -> dict[str, MarketFacts]:
    """The facts that the message's venue tells of markets of the map, by the data venue's ticker."""
    return {ticker: MarketFacts(*facts) for ticker, facts in message.mapped.items()}


def missing_names(message: MarketsDiscovered) -> list[Missing]:
    """The names of the configuration that do not trade."""
    return [Missing(*fields) for fields in message.missing]


def shard_assigned(number: int, shards: Sequence[Shard]) -> ShardAssigned:
    """The message to the watcher of that shard."""
    shard = shards[number]
    position = {ticker: at for at, ticker in enumerate(shard.tickers)}
    events = [
        EventAssigned(
            event.ticker,
            event.is_exclusive,
            event.is_whole,
            [position[ticker] for ticker in event.strikes],
            [_fields(strike) for strike in event.strikes.values()],
        )
        for event in shard.events
    ]
    return ShardAssigned(number, len(shards), shard.tickers, shard.closes_us, events)


def event_shapes(message: ShardAssigned) -> list[EventShape]:
    """The events of a watcher's shard, as the monitors of their prices want them."""
    return [
        EventShape(
            event.ticker,
            event.is_exclusive,
            event.is_whole,
            {
                message.tickers[at]: Strike(*strike)
                for at, strike in zip(event.members, event.strikes, strict=True)
            },
        )
        for event in message.events
    ]
