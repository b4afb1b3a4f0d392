"""The exchange obeys every command that the client writes; the client reads all that it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from kalshi_client.wire import commands, news
from kalshi_client.wire import messages as wire
from kalshi_client.wire.public import TickerMessage, TradeMessage
from kalshi_client.wire.values import (
    BookDelta,
    BookSnapshot,
    ErrorMessage,
    FillMessage,
    ListedSubscription,
    Message,
    Ok,
    OrderMessage,
    PositionMessage,
    Subscribed,
    Unsubscribed,
)
from simulator.engine.matching.matching_engine import MatchingEngine
from simulator.engine.matching.orders import NewOrder, Order
from simulator.engine.matching.traded_market import TradedMarket
from simulator.surface.websocket.commands import CommandSession
from simulator.surface.websocket.subscriptions import Publisher, Sink
from tests.simulator.builders import IDS, NOW_US, OpenWorld, listed
from trading.market import BookSide

NYC, BOS = "KXRAIN-26DEC31-NYC", "KXRAIN-26DEC31-BOS"
BOOK = "orderbook_delta"
CHANNELS = [
    BOOK,
    "ticker",
    "trade",
    "fill",
    "user_orders",
    "market_positions",
    "market_lifecycle_v2",
    "multivariate_market_lifecycle",
    "order_group_updates",
]
NEWS = {
    "created": news.MarketCreated,
    "activated": news.MarketActivated,
    "deactivated": news.MarketDeactivated,
    "close_date_updated": news.MarketCloseUpdated,
    "determined": news.MarketDetermined,
    "settled": news.MarketSettled,
    "price_level_structure_updated": news.MarketGridUpdated,
    "metadata_updated": news.MarketMetadataUpdated,
}


class Conversation(Sink):
    """One connection, without a socket: what the exchange sends is decoded by the client."""

    def __init__(self) -> None:
        self.publisher = Publisher(IDS)
        self.markets = {ticker: listed(ticker) for ticker in (NYC, BOS)}
        self.engine = MatchingEngine(self.markets, IDS, self.publisher)
        self.user = self.engine.open_account(10**9)
        self.other = self.engine.open_account(0, is_counterparty=True)
        self._session = CommandSession(self.user, self, self.publisher, self.markets, lambda: NOW_US)
        self._heard: list[Message] = []

    def send(self, payload: bytes) -> None:
        self._heard.append(wire.decode(payload))

    def say(self, command: bytes) -> list[Message]:
        self._session.receive(command)
        return self.heard()

    def heard(self) -> list[Message]:
        heard, self._heard = self._heard, []
        return heard

    def order(self, side: BookSide, price_e4: int, count_e2: int, *, by: Any = None) -> None:
        new = NewOrder(NYC, side, price_e4, count_e2)
        assert isinstance(self.engine.place(by or self.user, new, now_us=NOW_US), Order)

    def trade(self) -> None:
        self.order("ask", 4_710, 1_234, by=self.other)
        self.order("bid", 4_720, 2_000)


@pytest.fixture
def talk() -> Conversation:
    return Conversation()


@pytest.fixture
def listening(talk: Conversation) -> Conversation:
    talk.say(commands.subscribe(1, CHANNELS, tickers=[NYC]))
    return talk


def of(kind: type, messages: list[Message]) -> list[Any]:
    return [message for message in messages if isinstance(message, kind)]


def test_each_channel_is_subscribed_to_with_a_sid_of_its_own(talk):
    replies = of(Subscribed, talk.say(commands.subscribe(1, CHANNELS, tickers=[NYC])))

    assert replies == [Subscribed(1, channel, sid) for sid, channel in enumerate(CHANNELS, 1)]


def test_markets_come_go_and_are_shown_again(talk):
    talk.say(commands.subscribe(1, [BOOK], tickers=[NYC]))

    ok, snapshot = talk.say(commands.add_markets(2, 1, [BOS]))
    assert (ok.request_id, ok.tickers) == (2, (BOS, NYC))
    assert (snapshot.ticker, snapshot.request_id) == (BOS, 0)
    (ok,) = talk.say(commands.delete_markets(3, 1, [NYC]))
    assert (ok.request_id, ok.tickers) == (3, (BOS,))
    (ok,) = talk.say(commands.delete_markets(4, 1, [BOS], skip_ticker_ack=True))
    assert (ok.request_id, ok.tickers) == (4, None)
    (snapshot,) = talk.say(commands.get_snapshot(5, 1, [NYC]))
    assert (snapshot.ticker, snapshot.request_id) == (NYC, 5)


def test_ticker_channel_takes_ids_and_shows_the_market_at_once(talk):
    market_id = talk.markets[BOS].market_id
    talk.say(commands.subscribe(1, ["ticker"], tickers=[NYC]))

    ok, ticker = talk.say(commands.add_markets(2, 1, market_ids=[market_id], send_initial_snapshot=True))

    assert (ok.tickers, set(ok.market_ids)) == ((BOS, NYC), {m.market_id for m in talk.markets.values()})
    assert (ticker.ticker, ticker.market_id, ticker.yes_bid_e4, ticker.yes_ask_e4) == (
        BOS,
        market_id,
        0,
        10_000,
    )


def test_subscriptions_are_listed_and_ended(talk):
    talk.say(commands.subscribe(1, [BOOK, "fill"], tickers=[NYC]))

    (ok,) = talk.say(commands.list_subscriptions(2))
    assert ok == Ok(2, None, None, subscriptions=(ListedSubscription(BOOK, 1), ListedSubscription("fill", 2)))
    assert [(r.request_id, r.sid) for r in of(Unsubscribed, talk.say(commands.unsubscribe(3, [1, 2])))] == [
        (3, 1),
        (3, 2),
    ]
    (refused,) = talk.say(commands.unsubscribe(4, [1]))
    assert (refused.request_id, refused.code) == (4, 7)


def test_market_that_is_not_there_is_named(talk):
    talk.say(commands.subscribe(1, [BOOK], tickers=[NYC]))

    (error,) = talk.say(commands.add_markets(2, 1, ["KXNONE"]))

    assert isinstance(error, ErrorMessage)
    assert (error.request_id, error.sid, error.code, error.tickers) == (2, 1, 11, ("KXNONE",))


def test_trade_is_told_to_the_public_and_to_the_account(listening):
    listening.trade()
    listening.publisher.send_due_tickers(NOW_US)

    heard = listening.heard()

    (trade,), (fill,) = of(TradeMessage, heard), of(FillMessage, heard)
    assert (trade.ticker, trade.price_e4, trade.count_e2, trade.taker_side) == (NYC, 4_710, 1_234, "bid")
    assert (fill.trade_id, fill.price_e4, fill.count_e2, fill.side) == (trade.trade_id, 4_710, 1_234, "bid")
    assert fill.post_position_e2 == of(PositionMessage, heard)[-1].position_e2 == 1_234
    assert of(PositionMessage, heard)[-1].volume_e2 == 1_234
    order = of(OrderMessage, heard)[-1]
    assert (order.initial_e2, order.fill_e2, order.remaining_e2) == (2_000, 1_234, 766)
    assert (order.taker_cost_e6, order.taker_fees_e6) == (4_710 * 1_234, fill.fee_e6)
    ticker = of(TickerMessage, heard)[-1]
    assert (ticker.price_e4, ticker.yes_bid_e4, ticker.yes_bid_size_e2) == (4_710, 4_720, 766)
    assert {type(message) for message in heard} == {
        BookDelta, TradeMessage, FillMessage, OrderMessage, PositionMessage, TickerMessage,
    }  # fmt: skip


def test_snapshot_and_deltas_say_the_same_book(listening):
    listening.trade()
    levels: Counter[tuple[str, int]] = Counter()
    for delta in of(BookDelta, listening.heard()):
        levels[delta.side, delta.price_e4] += delta.delta_e2

    (snapshot,) = of(BookSnapshot, listening.say(commands.get_snapshot(2, 1, [NYC])))

    sides = {"yes": snapshot.yes, "no": snapshot.no}
    shown = {(side, price): count for side, book in sides.items() for price, count in book.items()}
    assert shown
    assert shown == {level: count for level, count in levels.items() if count}


@pytest.mark.parametrize(("kind", "value"), NEWS.items())
@pytest.mark.parametrize("is_combo", [False, True])
def test_news_of_a_market_are_read_as_what_they_are(listening, kind, value, *, is_combo):
    market: TradedMarket = listening.markets[NYC]
    market.mve_collection_ticker = "KXMVE-R" if is_combo else ""
    market.result, market.settlement_value_e4 = "scalar", 2_550

    listening.publisher.market_changed(market, kind, NOW_US)

    (message,) = listening.heard()
    assert type(message) is value
    assert (message.ticker, message.is_combo, message.seq) == (NYC, is_combo, 1)
    details: dict[str, Callable[[Any], bool]] = {
        "created": lambda m: (
            (m.close_us, m.grid) == (market.market.close_us // 10**6 * 10**6, market.market.grid)
        ),
        "close_date_updated": lambda m: m.close_us == market.market.close_us // 10**6 * 10**6,
        "determined": lambda m: (m.result, m.value_e4) == ("scalar", 2_550),
        "settled": lambda m: m.settled_us == NOW_US // 10**6 * 10**6,
        "price_level_structure_updated": lambda m: m.grid == market.market.grid,
        "metadata_updated": lambda m: m.yes_sub_title == market.outcome,
    }
    assert details.get(kind, lambda _: True)(message)


def test_news_of_events_and_order_groups_are_read(listening):
    event = next(iter(OpenWorld(10).world.events.values()))
    listening.publisher.event_listed(event, is_combo=False)
    listening.publisher.event_fee_changed(event.ticker, fee_type="quadratic", multiplier_e4=12_500)
    group = listening.engine.create_group(listening.user, limit_e2=50_000, exchange_index=0, now_us=NOW_US)
    listening.engine.limit_group(group, 60_000, now_us=NOW_US)
    listening.engine.delete_group(group, now_us=NOW_US)

    listed_event, fees, *group_news = listening.heard()

    assert (listed_event.event_ticker, listed_event.title) == (event.ticker, event.title)
    assert (fees.fee_type_override, fees.fee_multiplier_override_e4) == ("quadratic", 12_500)
    assert [(g.group_id, g.event_type, g.contracts_limit_e2) for g in group_news] == [
        (group.group_id, "created", 50_000),
        (group.group_id, "limit_updated", 60_000),
        (group.group_id, "deleted", None),
    ]
