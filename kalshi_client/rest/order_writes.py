"""Writes that place, change and cancel orders (protocol 3.3).

Each write is sent once and never delayed: whoever decides it decides about tokens as well. None
of them raises: the answer says what the attempt proved.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kalshi_client.rest.batch_outcomes import (
    CancelOrder,
    cancel_body,
    create_body,
    judge_batch_cancel,
    judge_batch_create,
)
from kalshi_client.rest.calls import Calls, given
from kalshi_client.rest.change_outcomes import (
    AmendOrder,
    ChangeResult,
    DoneResult,
    judge_amend,
    judge_decrease,
    judge_done,
)
from kalshi_client.rest.outcomes import CancelResult, CreateOrder, SendResult, judge_cancel, judge_create
from trading.market import format_count_e2


class OrderWrites(Calls):
    """Orders, one at a time and batched."""

    def create_order(self, order: CreateOrder) -> SendResult:
        """Send the order once."""
        return judge_create(order, self._write("POST", "/portfolio/events/orders", body=order.body()))

    def create_orders(self, orders: Sequence[CreateOrder]) -> list[SendResult]:
        """Send the orders once, in one request; each stands for itself. Results are in their order.

        The whole batch must fit the write bucket at once, each order at its own cost (protocol 6).
        """
        if not orders:
            return []
        attempt = self._write("POST", "/portfolio/events/orders/batched", body=create_body(orders))
        return judge_batch_create(orders, attempt)

    def cancel_order(
        self, order_id: str, market_ticker: str, exchange_index: int, *, subaccount: int | None = None
    ) -> CancelResult:
        """Cancel what rests of the order. Without the ticker only shard 0 would look for it."""
        query = given(market_ticker=market_ticker, exchange_index=exchange_index, subaccount=subaccount)
        path = "/portfolio/events/orders/{order_id}"
        return judge_cancel(order_id, self._write("DELETE", path, query=query, order_id=order_id))

    def cancel_orders(self, cancels: Sequence[CancelOrder]) -> list[CancelResult]:
        """Cancel what rests of each, in one request. Results are in their order."""
        if not cancels:
            return []
        attempt = self._write("DELETE", "/portfolio/events/orders/batched", body=cancel_body(cancels))
        return judge_batch_cancel(cancels, attempt)

    def cancel_all_orders(self, *, subaccount: int | None = None) -> DoneResult:
        """Cancel whatever rests, on all shards; of all subaccounts unless one is named.

        Orders placed up to a minute later may be cancelled as well.
        """
        query = given(subaccount=subaccount)
        return judge_done(self._write("DELETE", "/portfolio/events/orders", query=query))

    def amend_order(self, amend: AmendOrder, *, subaccount: int | None = None) -> ChangeResult:
        """Change price, size or expiry of a resting order, which may fill by it."""
        path = "/portfolio/events/orders/{order_id}/amend"
        query = given(subaccount=subaccount)
        attempt = self._write("POST", path, query=query, body=amend.body(), order_id=amend.order_id)
        return judge_amend(amend, attempt)

    def decrease_order(
        self,
        order_id: str,
        market_ticker: str,
        exchange_index: int,
        *,
        by_e2: int | None = None,
        to_e2: int | None = None,
        subaccount: int | None = None,
    ) -> ChangeResult:
        """Take contracts off a resting order, or leave so many; it keeps its place in the queue.

        Raises ValueError unless exactly one of both is given.
        """
        if (by_e2 is None) == (to_e2 is None):
            raise ValueError("a decrease needs either by_e2 or to_e2")
        change = {"reduce_by": by_e2, "reduce_to": to_e2}
        body = {name: format_count_e2(count) for name, count in change.items() if count is not None}
        attempt = self._write(
            "POST",
            "/portfolio/events/orders/{order_id}/decrease",
            query=given(subaccount=subaccount),
            body=msgspec.json.encode(
                {**body, "market_ticker": market_ticker, "exchange_index": exchange_index}
            ),
            order_id=order_id,
        )
        return judge_decrease(order_id, attempt)
