"""The value that each golden frame of ``tests/wire`` stands for, read off it by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from msgspec.structs import replace

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
from tests.kalshi_client.golden_news import EXPECTED_NEWS

WIRE = Path(__file__).parents[1] / "wire"
FRAMES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text())["frame"] for path in sorted(WIRE.glob("ws_*.json"))
}

NYC, BOS, CHI = "KXRAIN-26DEC31-NYC", "KXRAIN-26DEC31-BOS", "KXRAIN-26DEC31-CHI"
NYC_ID = "5b2c8f0e-3f0a-4a6e-9a55-8c2f6f0f1a01"
OURS = "rl1-1a2b3c4d-sq7x9-12"
ORDER_ID = "0f3c1d52-70d4-4f4a-8f0e-6a1d2b3c4d5e"
USER_ID = "9c11aa22-bb33-4c44-8d55-ee66ff770088"
YES, NO = {4400: 500, 4500: 1000}, {5200: 400, 5300: 1200}

ORDER = OrderMessage(
    order_id=ORDER_ID,
    client_order_id=OURS,
    ticker=NYC,
    exchange_index=0,
    side="bid",
    price_e4=4500,
    status="resting",
    initial_e2=1000,
    fill_e2=400,
    remaining_e2=600,
    reason="Trade",
    expiration_ms=None,
    ts_ms=1795345393123,
    created_ms=1795345393123,
    taker_cost_e6=1_880_000,
    maker_cost_e6=0,
    taker_fees_e6=69_800,
    maker_fees_e6=0,
    self_trade_prevention="taker_at_cross",
    user_id=USER_ID,
)
EXPIRED = replace(
    ORDER,
    status="canceled",
    remaining_e2=0,
    reason="ExpiryCancel",
    expiration_ms=1795345453000,
    ts_ms=1795345453002,
)
FILL = FillMessage(
    trade_id="a1b2c3d4-e5f6-4789-8abc-def012345678",
    order_id=ORDER_ID,
    client_order_id=OURS,
    ticker=NYC,
    exchange_index=0,
    side="bid",
    price_e4=4700,
    count_e2=400,
    fee_e6=69_800,
    is_taker=True,
    post_position_e2=400,
    ts_ms=1795345393123,
)
ASK_FILL = replace(
    FILL,
    trade_id="b1b2c3d4-e5f6-4789-8abc-def012345678",
    order_id="2c9e7a10-52c1-4f0e-9b7d-0d1e2f3a4b5c",
    client_order_id="",
    side="ask",
    price_e4=4750,
    count_e2=150,
    fee_e6=0,
    is_taker=False,
    post_position_e2=-150,
)
POSITION = PositionMessage(
    ticker=NYC,
    position_e2=400,
    cost_e6=1_880_000,
    realised_e6=0,
    fees_e6=69_800,
    position_fees_e6=69_800,
    volume_e2=400,
    user_id=USER_ID,
)
TICKER = TickerMessage(
    sid=2,
    ticker=NYC,
    market_id=NYC_ID,
    price_e4=4700,
    yes_bid_e4=4500,
    yes_ask_e4=4700,
    yes_bid_size_e2=1000,
    yes_ask_size_e2=1200,
    last_trade_size_e2=400,
    volume_e2=10_400,
    open_interest_e2=5_400,
    dollar_volume=48,
    dollar_open_interest=25,
    ts_ms=1795345393123,
)
EMPTY_TICKER = TickerMessage(
    sid=2,
    ticker=NYC,
    market_id=NYC_ID,
    price_e4=0,
    yes_bid_e4=0,
    yes_ask_e4=10_000,
    yes_bid_size_e2=0,
    yes_ask_size_e2=0,
    last_trade_size_e2=0,
    volume_e2=0,
    open_interest_e2=0,
    dollar_volume=0,
    dollar_open_interest=0,
    ts_ms=1795345393123,
    sending_ts_ms=1795345393130,
)
TRADE = TradeMessage(
    sid=3,
    seq=9,
    trade_id="a1b2c3d4-e5f6-4789-8abc-def012345678",
    ticker=NYC,
    price_e4=4700,
    count_e2=400,
    taker_side="bid",
    is_block_trade=False,
    ts_ms=1795345393123,
)
BLOCK_TRADE = replace(
    TRADE,
    seq=10,
    trade_id="c1b2c3d4-e5f6-4789-8abc-def012345678",
    price_e4=9985,
    count_e2=1,
    taker_side="ask",
    is_block_trade=True,
    ts_ms=1795345393456,
)
EXPECTED: dict[str, Message] = EXPECTED_NEWS | {
    "ws_subscribed": Subscribed(1, "orderbook_delta", 1),
    "ws_ok": Ok(2, 1, 57, tickers=(BOS, CHI, NYC)),
    "ws_ok_delete_markets": Ok(3, 1, 63, tickers=()),
    "ws_ok_list_subscriptions": Ok(
        4,
        None,
        None,
        subscriptions=(ListedSubscription("orderbook_delta", 1), ListedSubscription("fill", 4)),
    ),
    "ws_ok_market_ids": Ok(8, 2, 1, tickers=(NYC,), market_ids=(NYC_ID,)),
    "ws_ok_skip_ticker_ack": Ok(9, 1, 62),
    "ws_unsubscribed": Unsubscribed(5, 1, 58),
    "ws_error": ErrorMessage(3, None, None, 7, "Unknown subscription ID", ()),
    "ws_error_overflow": ErrorMessage(0, 1, 59, 25, "Subscription buffer overflow", ()),
    "ws_error_market_tickers": ErrorMessage(6, 1, 60, 11, "Invalid parameter", ("KXNONE-26DEC31-NYC",)),
    "ws_error_one_market_ticker": ErrorMessage(6, 1, 64, 11, "Invalid parameter", ("KXNONE-26DEC31-NYC",)),
    "ws_orderbook_snapshot": BookSnapshot(1, 1, NYC, YES, NO, 0),
    "ws_orderbook_snapshot_empty_side": BookSnapshot(1, 2, BOS, {}, {5300: 1200}, 0),
    "ws_orderbook_snapshot_absent_side": BookSnapshot(1, 2, BOS, {}, {5300: 1200}, 0),
    "ws_orderbook_snapshot_fine": BookSnapshot(
        1, 5, NYC, {1: 100_000_000, 4475: 1}, {5505: 1234}, 0, sending_ts_ms=1795345200330
    ),
    "ws_orderbook_snapshot_requested": BookSnapshot(1, 61, NYC, YES, NO, 7),
    "ws_orderbook_delta": BookDelta(1, 2, NYC, "yes", 4500, -200, 1795345200123, ""),
    "ws_orderbook_delta_own": BookDelta(1, 3, NYC, "no", 5275, 25, 1795345200223, OURS),
    "ws_orderbook_delta_sending_ts": BookDelta(
        1, 4, NYC, "yes", 4400, 300, 1795345200323, "", sending_ts_ms=1795345200330
    ),
    "ws_trade": TRADE,
    "ws_trade_block_at_a_fine_price": BLOCK_TRADE,
    "ws_ticker": TICKER,
    "ws_ticker_empty_book": EMPTY_TICKER,
    "ws_fill": FILL,
    "ws_fill_ask_without_client_order_id": ASK_FILL,
    "ws_user_order": ORDER,
    "ws_user_order_expired": EXPIRED,
    "ws_market_position": POSITION,
}
