"""Writes that limit, trigger and reset groups of orders (protocol 3.4).

A group works on one shard and one subaccount, and is found there only. As with orders, a write is
sent once and its answer says what was proved.
"""

from __future__ import annotations

from typing import Any

import msgspec

from kalshi_client.rest.calls import Calls, given
from kalshi_client.rest.change_outcomes import DoneResult, GroupResult, judge_done, judge_group_created
from trading.market import format_count_e2

GROUP = "/portfolio/order_groups/{group_id}"


class GroupWrites(Calls):
    """Order groups. ``limit_e2`` is of whole contracts, 1 to 1,000,000 of them."""

    def create_order_group(
        self, limit_e2: int, *, exchange_index: int = 0, subaccount: int | None = None
    ) -> GroupResult:
        """A new group without orders; orders join it when they are created."""
        fields: dict[str, Any] = {
            "contracts_limit_fp": format_count_e2(limit_e2),
            "exchange_index": exchange_index,
        }
        if subaccount is not None:
            fields["subaccount"] = subaccount
        attempt = self._write("POST", "/portfolio/order_groups/create", body=msgspec.json.encode(fields))
        return judge_group_created(attempt)

    def limit_order_group(
        self, group_id: str, limit_e2: int, *, exchange_index: int = 0, subaccount: int | None = None
    ) -> DoneResult:
        """Another limit from now on; one that is passed already triggers the group."""
        body = msgspec.json.encode({"contracts_limit_fp": format_count_e2(limit_e2)})
        return self._change("PUT", "/limit", group_id, exchange_index, subaccount, body)

    def trigger_order_group(
        self, group_id: str, *, exchange_index: int = 0, subaccount: int | None = None
    ) -> DoneResult:
        """Cancel its orders, and refuse new ones until it is reset."""
        return self._change("PUT", "/trigger", group_id, exchange_index, subaccount)

    def reset_order_group(
        self, group_id: str, *, exchange_index: int = 0, subaccount: int | None = None
    ) -> DoneResult:
        """Count from zero again, and take orders again."""
        return self._change("PUT", "/reset", group_id, exchange_index, subaccount)

    def delete_order_group(
        self, group_id: str, *, exchange_index: int = 0, subaccount: int | None = None
    ) -> DoneResult:
        """Cancel its orders and forget the group."""
        return self._change("DELETE", "", group_id, exchange_index, subaccount)

    def _change(
        self,
        method: str,
        change: str,
        group_id: str,
        exchange_index: int,
        subaccount: int | None,
        body: bytes | None = None,
    ) -> DoneResult:
        query = given(exchange_index=exchange_index, subaccount=subaccount)
        return judge_done(self._write(method, GROUP + change, query=query, body=body, group_id=group_id))
