"""The channels, and the messages that each of them sends (protocol 5.4, 5.6)."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

MarketFilter = Literal["required", "optional", "none"]


class Channel(NamedTuple):
    """``messages`` of a numbered channel carry ``seq``."""

    name: str
    messages: tuple[str, ...]
    markets: MarketFilter
    is_numbered: bool = True
    takes_ids: bool = False  # markets may be named by their ids as well


BOOK: Final = "orderbook_delta"
TICKER: Final = "ticker"
LIFECYCLE: Final = "market_lifecycle_v2"
COMBO_LIFECYCLE: Final = "multivariate_market_lifecycle"
ORDER_GROUPS: Final = "order_group_updates"
COMMUNICATIONS: Final = "communications"
INDEX_CHANNELS: Final = ("cfbenchmarks_value", "cfbenchmarks_value_5hz")
UNDERLYING_CHANNEL: Final = "pyth_value"

# The last four can be subscribed to, and this exchange has nothing to say on them.
CHANNELS: Final = {
    channel.name: channel
    for channel in (
        Channel(BOOK, ("orderbook_snapshot", "orderbook_delta"), "required"),
        Channel(TICKER, ("ticker",), "optional", is_numbered=False, takes_ids=True),
        Channel("trade", ("trade",), "optional"),
        Channel("fill", ("fill",), "optional", is_numbered=False),
        Channel("user_orders", ("user_order",), "optional", is_numbered=False),
        Channel("market_positions", ("market_position",), "optional", is_numbered=False),
        Channel(LIFECYCLE, ("market_lifecycle_v2", "event_lifecycle", "event_fee_update"), "none"),
        Channel(COMBO_LIFECYCLE, ("multivariate_market_lifecycle", "event_lifecycle"), "none"),
        Channel(ORDER_GROUPS, ("order_group_updates",), "none"),
        Channel(COMMUNICATIONS, ("rfq_created", "rfq_deleted", "quote_created"), "none"),
        Channel("cfbenchmarks_value", ("cfbenchmarks_value",), "none"),
        Channel("cfbenchmarks_value_5hz", ("cfbenchmarks_value_5hz",), "none"),
        Channel(UNDERLYING_CHANNEL, ("pyth_value",), "none"),
    )
}
