"""Production and demo, as the exchange plays them."""

from __future__ import annotations

from uuid import UUID

from simulator.exchange import Exchange
from simulator.personality import PERSONALITIES
from simulator.start import start_exchange
from tests.simulator.builders import NOW_US
from tests.simulator.conversation import Client, talk


def opened(name: str, *, markets: int = 600, shards: int = 1) -> Exchange:
    personality = PERSONALITIES[name]
    return start_exchange(
        UUID(int=1), markets=markets, seed=7, shards=shards, personality=personality, opened_us=NOW_US
    )


def test_demo_lists_under_the_same_tickers_and_lacks_whole_series():
    production, demo = opened("production"), opened("demo")

    shared = set(production.world.series) & set(demo.world.series)
    assert shared < set(production.world.series)
    for series in shared:
        first, theirs = (
            next(event for event in venue.world.events.values() if event.series.ticker == series)
            for venue in (production, demo)
        )
        assert (first.ticker, first.market_tickers) == (theirs.ticker, theirs.market_tickers)
    assert not any(listed.is_combo for listed in demo.world.markets.values())


def test_demo_is_thin_and_production_is_not():
    def one_sided(exchange: Exchange) -> float:
        books = [listed.book for listed in exchange.world.markets.values()]
        return sum(None in (book.best_bid_e4, book.best_ask_e4) for book in books) / len(books)

    production, demo = opened("production"), opened("demo")

    assert one_sided(production) < 0.05 < 0.2 < one_sided(demo)
    assert demo.rate < 0.01 < production.rate


def test_demo_has_no_lists_of_fee_changes_and_milestones():
    async def conversation(client: Client) -> None:
        assert (await client.call("GET", "/series/fee_changes"))[0] == 404
        assert (await client.call("GET", "/milestones"))[0] == 404
        assert (await client.call("GET", "/markets"))[0] == 200

    talk(conversation, personality="demo")


def test_markets_and_cash_are_spread_over_the_shards():
    exchange = opened("production", shards=4)

    on_shards = {listed.market.exchange_index for listed in exchange.world.markets.values()}
    assert on_shards == {0, 1, 2, 3}
    crypto = [each for each in exchange.world.series.values() if each.category == "Crypto"]
    assert {series.exchange_index for series in crypto} == {2}


def test_a_single_shard_holds_everything_unless_asked():
    exchange = opened("production")

    assert {listed.market.exchange_index for listed in exchange.world.markets.values()} == {0}
