"""Every field that a struct of the wire cannot do without, each with the decision that needs it.

``MUST``: it has to be there and be read. ``MAY``: it may be absent or null, but what is there has to be
read. Whatever is not in here may be absent, null or of a value nobody knows, and decides about nothing.
"""

from __future__ import annotations

from typing import Any

from kalshi_client.rest import batch_outcomes, change_outcomes, outcomes
from kalshi_client.wire import (
    account,
    api_keys,
    candlesticks,
    events,
    exchange,
    fee_changes,
    frames,
    grids,
    lifecycle,
    listings,
    market_details,
    markets,
    order_groups,
    portfolio,
    private,
    public,
    replies,
    trades,
)

ITS_NAME = "nothing can be said of a thing without a name"
ITS_ROWS = "a body without its list is not the body that was asked for"
ITS_BODY = "there is nothing else in it"
MORE_ROWS = "without it the list would end too soon"
SIDE = "the direction of what was bought or sold"
PRICE = "what was paid, or is offered"
COUNT = "how much was bought or sold, or still may be"
SHARD = "whose cash it is: the default would be another shard"
SCOPE = "what another subaccount does is not ours"
IDENTITY = "an order of ours must not be taken for somebody else's"
SEQUENCE = "what was lost shows in it"
REPLY = "which command it answers"
GRID = "an order at a price that is not on it is refused"
FEES = "what an order reserves and a fill costs"
EMPTY_SIDE = "an absent side is empty, which one that cannot be read is not"
PAUSED = "whether anything may be ordered"
HOURS = "absent hours are a day off, which hours that cannot be read are not"
WHEN = "when it is so"

PAGE = {"cursor": MORE_ROWS}
SCOPED = {"subaccount": SCOPE, "subaccount_number": SCOPE}
NUMBERED = {"sid": SEQUENCE, "seq": SEQUENCE, "msg": ITS_BODY}
UNNUMBERED = {"sid": "which subscription it is of", "msg": ITS_BODY}
ORDER = {
    "order_id": ITS_NAME,
    "ticker": ITS_NAME,
    "book_side": SIDE,
    "status": "whether more of it can fill",
    "yes_price_dollars": PRICE,
    "initial_count_fp": COUNT,
    "fill_count_fp": COUNT,
    "remaining_count_fp": COUNT,
}
FILL = {
    "order_id": ITS_NAME,
    "book_side": SIDE,
    "yes_price_dollars": PRICE,
    "count_fp": COUNT,
    "fee_cost": FEES,
}
EVENT_FEES = {"fee_type_override": FEES, "fee_multiplier_override": FEES}
EVENT = {"event_ticker": ITS_NAME, "series_ticker": "whose fees it has"}
TRADE = {
    "trade_id": "a trade told twice is counted once",
    "count_fp": COUNT,
    "yes_price_dollars": PRICE,
    "taker_book_side": SIDE,
}

MUST: dict[type[Any], dict[str, str]] = {
    account._Order: ORDER,
    account.OrderBody: {"order": ITS_BODY},
    account.OrdersBody: {"orders": ITS_ROWS},
    account._Fill: FILL | {"ticker": ITS_NAME, "exchange_index": SHARD},
    account.FillsBody: {"fills": ITS_ROWS},
    account.QueuePositionBody: {"queue_position_fp": ITS_BODY},
    account._QueuePosition: {"order_id": ITS_NAME, "market_ticker": ITS_NAME, "queue_position_fp": ITS_BODY},
    account.QueuePositionsBody: {"queue_positions": ITS_ROWS},
    portfolio._ShardBalance: {"exchange_index": SHARD, "balance": "how much may be spent"},
    portfolio._Position: {
        "ticker": ITS_NAME,
        "position_fp": "what is held",
        "market_exposure_dollars": "the exposure that limits are about",
        "realized_pnl_dollars": "compared with ours",
        "fees_paid_dollars": "compared with ours",
    },
    portfolio._EventPosition: {"event_ticker": ITS_NAME},
    portfolio.PositionsBody: {"market_positions": ITS_ROWS},
    portfolio.PortfolioBody: {"market_positions": ITS_ROWS},
    portfolio._Settlement: {
        "ticker": ITS_NAME,
        "settled_time": WHEN,
    },
    portfolio.SettlementsBody: {"settlements": ITS_ROWS},
    markets.MarketFields: {
        "ticker": ITS_NAME,
        "event_ticker": "whose fees it has",
        "status": PAUSED,
        "close_time": "until when it may be traded",
    },
    markets.MarketBody: {"market": ITS_BODY},
    markets.MarketsBody: {"markets": ITS_ROWS},
    markets.OrderbookBody: {"orderbook_fp": ITS_BODY},
    markets._NamedBook: {"ticker": ITS_NAME, "orderbook_fp": ITS_BODY},
    markets.OrderbooksBody: {"orderbooks": ITS_ROWS},
    grids.RangeTexts: {"start": GRID, "end": GRID, "step": GRID},
    listings._EventFields: EVENT,
    listings._Event: EVENT,
    listings._EventAndMarkets: EVENT,
    listings.EventBody: {"event": ITS_BODY},
    listings.EventMarketsBody: {"event": ITS_BODY},
    listings.EventsBody: {"events": ITS_ROWS},
    listings.EventsMarketsBody: {"events": ITS_ROWS},
    listings._Series: {"ticker": ITS_NAME, "fee_type": FEES, "fee_multiplier": FEES},
    listings.SeriesBody: {"series": ITS_BODY},
    listings.SeriesListBody: {"series": ITS_ROWS},
    fee_changes._SeriesFeeChange: {
        "series_ticker": ITS_NAME,
        "fee_type": FEES,
        "fee_multiplier": FEES,
        "scheduled_ts": WHEN,
    },
    fee_changes.SeriesFeeChangesBody: {"series_fee_change_arr": ITS_ROWS},
    fee_changes._EventFeeChange: {"event_ticker": ITS_NAME, "scheduled_ts": WHEN},
    fee_changes.EventFeeChangesBody: {"event_fee_changes": ITS_ROWS},
    trades._Trade: TRADE | {"ticker": ITS_NAME, "created_time": WHEN},
    trades.TradesBody: {"trades": ITS_ROWS},
    candlesticks._Candle: {"end_period_ts": WHEN},
    candlesticks._OldCandle: {"end_period_ts": WHEN},
    candlesticks.CandlesticksBody: {"candlesticks": ITS_ROWS},
    candlesticks.OldCandlesticksBody: {"candlesticks": ITS_ROWS},
    candlesticks._OfMarket: {"market_ticker": ITS_NAME, "candlesticks": ITS_ROWS},
    candlesticks.BatchCandlesticksBody: {"markets": ITS_ROWS},
    exchange._ShardStatus: {"exchange_index": ITS_NAME, "exchange_active": PAUSED, "trading_active": PAUSED},
    exchange.StatusBody: {"exchange_active": PAUSED, "trading_active": PAUSED},
    exchange._Hours: {"open_time": HOURS, "close_time": HOURS},
    exchange._Week: {"start_time": WHEN},
    exchange._Maintenance: {"start_datetime": WHEN, "end_datetime": WHEN},
    exchange._Schedule: {"standard_hours": ITS_ROWS},
    exchange.ScheduleBody: {"schedule": ITS_BODY},
    exchange.DataTimestampBody: {"as_of_time": "how fresh a read is"},
    exchange._Bucket: {"refill_rate": "how fast may be asked", "bucket_capacity": "how much at once"},
    exchange.LimitsBody: {"read": ITS_BODY, "write": ITS_BODY},
    api_keys._ApiKey: {"api_key_id": ITS_NAME},
    api_keys.ApiKeysBody: {"api_keys": ITS_ROWS},
    exchange._EndpointCost: {"method": ITS_NAME, "path": ITS_NAME, "cost": ITS_BODY},
    order_groups._ListedGroup: {"id": ITS_NAME},
    order_groups.OrderGroupsBody: {"order_groups": ITS_ROWS},
    private._FillBody: FILL
    | {"trade_id": ITS_NAME, "market_ticker": ITS_NAME, "exchange_index": SHARD, "ts_ms": WHEN},
    private.FillFrame: UNNUMBERED,
    private._OrderBody: ORDER | {"exchange_index": SHARD},
    private.OrderFrame: UNNUMBERED,
    private._PositionBody: {"market_ticker": ITS_NAME, "position_fp": "what is held"},
    private.PositionFrame: UNNUMBERED,
    public._TradeBody: TRADE | {"market_ticker": ITS_NAME, "ts_ms": WHEN},
    public.TradeFrame: NUMBERED,
    public._TickerBody: {"market_ticker": ITS_NAME},
    public.TickerFrame: UNNUMBERED,
    frames._SnapshotBody: {"market_ticker": ITS_NAME},
    frames.SnapshotFrame: NUMBERED,
    frames._DeltaBody: {
        "market_ticker": ITS_NAME,
        "price_dollars": PRICE,
        "delta_fp": COUNT,
        "side": SIDE,
    },
    frames.DeltaFrame: NUMBERED,
    lifecycle._MarketBody: {"market_ticker": ITS_NAME, "event_type": "what happened"},
    lifecycle.MarketFrame: NUMBERED,
    lifecycle.ComboMarketFrame: NUMBERED,
    events._EventBody: {"event_ticker": ITS_NAME},
    events.EventFrame: NUMBERED,
    events._EventFeesBody: {"event_ticker": ITS_NAME},
    events.EventFeesFrame: NUMBERED,
    events._OrderGroupBody: {"event_type": "what happened", "order_group_id": ITS_NAME},
    events.OrderGroupFrame: NUMBERED,
    replies._SubscriptionBody: {"channel": ITS_NAME, "sid": ITS_NAME},
    replies.SubscribedFrame: {"msg": ITS_BODY},
    replies.UnsubscribedFrame: {"sid": ITS_NAME},
    replies.ErrorFrame: {"msg": ITS_BODY},
    outcomes._CreateAck: {"order_id": IDENTITY, "fill_count": COUNT, "remaining_count": COUNT},
    outcomes._CancelAck: {"order_id": IDENTITY, "reduced_by": COUNT},
    change_outcomes._ChangeAck: {"order_id": IDENTITY},
    change_outcomes._GroupAck: {"order_group_id": ITS_NAME},
    batch_outcomes._Batch: {"orders": ITS_ROWS},
}

MAY: dict[type[Any], dict[str, str]] = {
    account._Order: SCOPED | {"client_order_id": IDENTITY, "exchange_index": SHARD},
    account.OrdersBody: PAGE,
    account._Fill: SCOPED
    | {
        "trade_id": ITS_NAME,
        "fill_id": ITS_NAME,
        "created_time": WHEN,
        "ts": "where created_time is not told",
    },
    account.FillsBody: PAGE,
    portfolio.BalanceBody: {"balance_breakdown": SHARD, "balance_dollars": "how much may be spent"},
    portfolio._Position: SCOPED | {"exchange_index": SHARD},
    portfolio.PositionsBody: PAGE,
    portfolio.PortfolioBody: PAGE | {"event_positions": ITS_ROWS},
    portfolio._Settlement: SCOPED | {"exchange_index": SHARD, "value": "what one contract is paid"},
    portfolio.SettlementsBody: PAGE,
    market_details.MarketDetails: {"price_level_structure": GRID},
    markets.MarketFields: {"price_ranges": GRID, "price_level_structure": GRID, "exchange_index": SHARD},
    markets.MarketsBody: PAGE,
    markets._Levels: {"yes_dollars": EMPTY_SIDE, "no_dollars": EMPTY_SIDE},
    listings._EventFields: EVENT_FEES | {"markets": ITS_ROWS},
    listings._Event: EVENT_FEES | {"markets": ITS_ROWS},
    listings._EventAndMarkets: EVENT_FEES | {"markets": ITS_ROWS},
    listings.EventMarketsBody: {"markets": ITS_ROWS},
    listings.EventsBody: PAGE,
    listings.EventsMarketsBody: PAGE,
    fee_changes._EventFeeChange: EVENT_FEES,
    fee_changes.EventFeeChangesBody: PAGE,
    trades._Trade: {"is_block_trade": "agreed outside the book: it says nothing about it"},
    trades.TradesBody: PAGE,
    exchange.StatusBody: {"exchange_index_statuses": PAUSED},
    exchange._Week: dict.fromkeys(exchange.DAYS, HOURS) | {"end_time": WHEN},
    exchange._Schedule: {"maintenance_windows": PAUSED},
    order_groups._Group: {"exchange_index": SHARD, "orders": ITS_ROWS},
    order_groups.OrderGroupBody: {"exchange_index": SHARD, "orders": ITS_ROWS},
    order_groups._ListedGroup: {"exchange_index": SHARD, "orders": ITS_ROWS},
    private._FillBody: SCOPED | {"client_order_id": IDENTITY},
    private._OrderBody: SCOPED | {"client_order_id": IDENTITY},
    private._PositionBody: SCOPED,
    public._TradeBody: {"is_block_trade": "agreed outside the book: it says nothing about it"},
    frames._SnapshotBody: {"yes_dollars_fp": EMPTY_SIDE, "no_dollars_fp": EMPTY_SIDE},
    frames.SnapshotFrame: {"id": REPLY},
    lifecycle._MarketBody: {
        "close_ts": "until when it may be traded",
        "is_deactivated": PAUSED,
        "price_level_structure": GRID,
        "price_ranges": GRID,
        "exchange_index": SHARD,
    },
    events._EventFeesBody: EVENT_FEES,
    replies.SubscribedFrame: {"id": REPLY},
    replies.UnsubscribedFrame: {"id": REPLY, "seq": SEQUENCE},
    replies._OkBody: {"market_tickers": "which markets are subscribed now"},
    replies.OkFrame: {"id": REPLY, "sid": SEQUENCE, "seq": SEQUENCE, "msg": ITS_BODY},
    replies.ErrorFrame: {"id": REPLY, "sid": SEQUENCE, "seq": SEQUENCE},
    outcomes._CreateAck: {"client_order_id": IDENTITY},
    change_outcomes._ChangeAck: {"fill_count": COUNT, "remaining_count": COUNT},
    change_outcomes._GroupAck: {"exchange_index": SHARD},
    batch_outcomes._RowProblem: {"order_id": IDENTITY, "client_order_id": IDENTITY},
}
