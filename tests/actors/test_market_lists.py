"""A list of markets arrives in a message as it was."""

from __future__ import annotations

from actors.market_lists import (
    discovered,
    event_shapes,
    mapped_facts,
    missing_names,
    offered,
    shard_assigned,
)
from actors.messages import pack, unpack
from kalshi_client.discovery import Found, FoundEvent
from kalshi_client.missing_markets import Missing
from kalshi_client.wire.market_details import MarketTexts
from kalshi_client.wire.records import MarketRecord
from market_data.market_choice import Offer
from market_data.shards import Candidate, EventFacts, ShardPlan
from trading.coherence import EventShape, Strike
from trading.mapped_pair import MarketFacts
from trading.market import PriceGrid


def record(ticker: str, **more) -> MarketRecord:
    grid = PriceGrid.named("deci_cent")
    return MarketRecord(ticker, ticker.partition("-")[0], "active", grid, 0, 7, 5, "", None, **more)


def test_what_was_found_arrives_as_it_was():
    up = Strike("greater", 1.5, None)
    events = {"A": FoundEvent("A", True, 3), "B": FoundEvent("B", False, 0)}
    missing = (Missing("markets.tickers", "a-1", "is not listed", "A-1"),)
    ranked, others = [record("B-1"), record("A-1", strike=up)], [record("A-2")]
    mapped = (record("M-1", texts=MarketTexts(title="Will it rain?")),)
    found = Found(ranked, others, events, "why", missing, 4, 3, unlisted=("C-1",), mapped=mapped)

    message = discovered(found)
    received = unpack("MarketsDiscovered", pack(message))

    assert received == message
    assert received.fallback == "why"
    assert missing_names(received) == list(missing)
    assert received.unlisted == ["C-1"]
    assert mapped_facts(received) == {"M-1": MarketFacts("Will it rain?", 7)}
    assert offered(received) == Offer(
        [Candidate("B-1", "B", 7, 5), Candidate("A-1", "A", 7, 5, up)],
        [Candidate("A-2", "A", 7, 5)],
        {"A": EventFacts(True, 3), "B": EventFacts(False, 0)},
        left_over=3,
        venue_us=4,
    )


def test_a_shard_arrives_as_it_was_planned():
    up = Strike("greater", 1.5, None)
    plan = ShardPlan(1, count=3)
    found = [Candidate("B-1", "B", 7, 5), Candidate("A-2", "A", 8, 5, up), Candidate("A-1", "A", 9, 5)]
    plan.choose(found, [], {"A": EventFacts(True, 2), "B": EventFacts(False, 2)}, venue_us=0)

    received = unpack("ShardAssigned", pack(shard_assigned(0, plan.shards)))

    assert (received.tickers, received.closes_us) == (["A-1", "A-2", "B-1"], [9, 8, 7])
    assert event_shapes(received) == [
        EventShape("A", True, True, {"A-1": Strike(), "A-2": up}),
        EventShape("B", False, False, {"B-1": Strike()}),
    ]
