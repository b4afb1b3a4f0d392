"""Requests that nobody would make on purpose, from a seed: nearly right ones and others."""

from __future__ import annotations

import json
import random
import string
from typing import Any

NAMES = [
    *("limit", "cursor", "status", "ticker", "tickers", "event_ticker", "series_ticker", "market_ticker"),
    *("market_tickers", "order_id", "min_ts", "max_ts", "min_created_ts", "max_created_ts", "min_close_ts"),
    *("max_close_ts", "min_settled_ts", "max_settled_ts", "min_updated_ts", "max_updated_ts", "mve_filter"),
    *("depth", "exchange_index", "subaccount", "count_filter", "settlement_status", "with_nested_markets"),
    *("with_milestones", "is_block_trade", "start_ts", "end_ts", "period_interval", "category", "tags"),
    *(
        "include_latest_before_start",
        "include_volume",
        "include_product_metadata",
        "key_id",
        "show_historical",
    ),
]
FIELDS = [
    *("ticker", "side", "count", "price", "time_in_force", "self_trade_prevention_type", "client_order_id"),
    *("post_only", "reduce_only", "expiration_time", "cancel_order_on_pause", "order_group_id", "subaccount"),
    *("exchange_index", "updated_client_order_id", "reduce_by", "reduce_to", "market_ticker", "order_id"),
    *("orders", "contracts_limit", "contracts_limit_fp", "rate", "speed", "name", "balance", "tier"),
]
WORDS = [
    *("open", "closed", "settled", "unopened", "paused", "resting", "executed", "canceled", "yes", "no"),
    *("bid", "ask", "only", "exclude", "true", "false", "good_till_canceled", "immediate_or_cancel"),
    *("fill_or_kill", "taker_at_cross", "maker", "position,total_traded", "all"),
    *("0", "-0", "1", "-1", "2", "60", "100", "101", "1000", "1001", "1440", "0.01", "0.5", "0.4700", "1.00"),
    *("10.00", "0.00001", "1e9", "1e400", "-1e400", "NaN", "Infinity", "0x10", "1_000", "+5", ".5", "5."),
    *("99999999999999999999", "-99999999999999999999", "9223372036854775808", "1795345393", "١٢"),
    *("", " ", "\x00", "\n", "%", "a" * 5_000, "é", "☃", "../..", "A,B", ",,,", "'; --", "null", "{}"),
]
SCALARS = [
    *(None, True, False, 0, 1, -1, 2, 200, 10**30, -(10**30), 2**63, 1_795_345_393, 4_102_444_800),
    *(0.5, 1e308, float("nan"), float("inf"), -0.0),
]
BROKEN_BODIES = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'"\\ud800"',
    b"\xff\xfe",
    b"{}{}",
    b'{"orders":17}',
    b'{"orders":[17]}',
    b'{"orders":[[]]}',
    b"[" * 100_000,
    b'{"orders":' * 100_000,
)
ORDER = {
    "side": "bid",
    "count": "1.00",
    "price": "0.0100",
    "time_in_force": "good_till_canceled",
    "self_trade_prevention_type": "taker_at_cross",
}

CANDLES = [("start_ts", "1795340000"), ("end_ts", "1795350000"), ("period_interval", "60")]


class Nonsense:
    """Everything it makes follows from its seed and from what it is told exists."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def text(self) -> str:
        if self.rng.random() < 0.8:
            return self.rng.choice(WORDS)
        return "".join(self.rng.choices(string.printable + "é☃", k=self.rng.randint(0, 12)))

    def value(self, depth: int = 2) -> Any:
        kind = self.rng.random()
        if kind < 0.4 or (depth == 0 and kind > 0.8):
            return self.text()
        if kind < 0.8:
            return self.rng.choice(SCALARS)
        if kind < 0.9:
            return [self.value(depth - 1) for _ in range(self.rng.randint(0, 3))]
        return self.fields(depth - 1)

    def fields(self, depth: int = 2) -> dict[str, Any]:
        names = [*FIELDS, self.text()]
        return {self.rng.choice(names): self.value(depth) for _ in range(self.rng.randint(0, 4))}

    def query(self, known: list[str], *, at: str) -> list[tuple[str, str]]:
        """Few of a lot of names, so that one bad value is not always hidden behind another."""
        count = self.rng.choice((0, 1, 1, 2, 4))
        made = [(self.rng.choice([*NAMES, self.text()]), self._word(known)) for _ in range(count)]
        if at.endswith("candlesticks"):
            needed = [*CANDLES, ("market_tickers", self._word(known))]
            made += [(name, word if self.rng.random() < 0.8 else self.text()) for name, word in needed]
        return made

    def body(self, known: dict[str, list[str]]) -> bytes:
        """A body for any write: an order, a batch, a change, or something else."""
        kind = self.rng.random()
        if kind < 0.1:
            return self.rng.choice(BROKEN_BODIES)
        if kind < 0.2:
            return json.dumps(self.value()).encode()
        if kind < 0.4:
            return json.dumps(self.fields()).encode()
        if kind < 0.8:
            return json.dumps(self._nearly(known)).encode()
        return json.dumps({"orders": [self._nearly(known) for _ in range(self.rng.randint(0, 3))]}).encode()

    def path(self, template: str, known: dict[str, list[str]]) -> list[str]:
        """The parts of a path with its places filled."""
        return [
            self._word(known.get(part.strip("{}"), [])) if part.startswith("{") else part
            for part in template.split("/")
        ]

    def _nearly(self, known: dict[str, list[str]]) -> dict[str, Any]:
        """An order of a known market, or a change of a known order, with a few things wrong."""
        named = {name: self._word(words) for name, words in known.items() if name in FIELDS}
        more = self.rng.choice(
            ({}, {}, {"reduce_by": "0.50"}, {"reduce_to": "0.50"}, {"contracts_limit": 10})
        )
        wrong = self.fields() if self.rng.random() < 0.7 else {}
        return ORDER | named | more | wrong

    def _word(self, known: list[str]) -> str:
        return self.rng.choice(known) if known and self.rng.random() < 0.7 else self.text()
