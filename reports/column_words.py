"""The meaning of each column of an export, as the text that lies beside its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

UNITS: Final = (
    "Numbers are integers whose unit is the end of the name: `_e6` millionths of a dollar (1,230,000 is"
    " $1.23), `_e4` ten-thousandths of a dollar (4700 is $0.47), `_e2` hundredths of a contract (250 is 2.5"
    " contracts), `_us` microseconds since 1970-01-01 UTC, `_ms` milliseconds since then. Prices are YES"
    " prices: one NO costs 10000 minus that. `realised_trades.csv` alone is in dollars, contracts and UTC"
    " times as people write them."
)
FILES: Final[Mapping[str, str]] = {
    "orders": "each order of the session with its life",
    "fills": "each fill with its fee and its order",
    "positions": "a market after each fill and settlement",
    "decisions": "each decision that wanted an order, and what came of it",
    "settlements": "what each settled market paid for one YES",
    "balances": "cash when the ledger began, when it came or went, and when the venue told it",
    "book_changes": "each change of a book, and each level of its snapshots",
    "public_trades": "each trade that the venue made public",
    "realised_trades": "what was closed, by market, day and outcome, at average cost",
}
_ANYWHERE: Final[Mapping[str, str]] = {
    "account": "name of the account's folder",
    "session": "name of the session",
    "ticker": "market",
    "exchange_index": "the venue's shard that holds the market and its cash",
    "outbox": "id of the ledger file that has the fact, 16 hex digits",
    "seq": "its number in that file: account, outbox and seq name it for ever",
    "at_us": "when it was heard, by this machine's clock",
    "ts_ms": "when it happened, by the venue's clock",
    "order": "order_<n>, as log and page call it; the venue's id of an order of somebody else",
    "order_key": "our client_order_id, or the venue's id of an order of somebody else",
    "order_id": "the venue's id of the order",
    "client_order_id": "the name that it bore first, where that is not order_key",
    "is_ours": "whether this program sent it",
    "action": "BUY_YES, SELL_YES, BUY_NO or SELL_NO; empty for an order of somebody else",
    "side": "of the YES book: bid (BUY_YES, SELL_NO) or ask (SELL_YES, BUY_NO)",
    "price_e4": "YES price",
    "count_e2": "contracts",
    "reason": "why the strategy decided so",
    "incarnation": "the number of the process in its session that decided, or watched",
    "batch_no": "the batch of decisions that asked for it",
    "batch_row": "its row in that batch",
    "cash_e6": "cash of the shard afterwards, with what resting orders reserve",
    "shard": "the watcher",
    "tape_no": "number of the row on the tape",
}
_OF_FILE: Final[Mapping[str, Mapping[str, str]]] = {
    "orders": {
        "ledger": "id of FillProcessor's ledger file beside which it was folded, 16 hex digits",
        "outbox": "id of OrderManager's ledger file that sent it; empty for one of somebody else",
        "count_e2": "contracts ordered",
        "filled_e2": "contracts filled",
        "price_e4": "limit, as a YES price",
        "state": "recorded, in_flight, unknown, resting, filled, canceled, rejected or not_sent",
        "is_closed": "it is over, and each of its fills is known",
        "end_reason": "why it is over: the venue's word, its words on an order that it did not take, or"
        " canceled by us and why",
        "decided_us": "when the strategy decided it",
        "recorded_us": "when it was written down",
        "sent_us": "when the attempt to send it began",
        "answered_us": "when the venue's answer came",
        "ended_us": "when its end was heard of",
        "updated_us": "when anything of it was heard last",
        "order_manager_seqs": "numbers of its facts in outbox",
        "fill_processor_seqs": "numbers of its facts in ledger",
    },
    "fills": {
        "trade_id": "the venue's id of the fill",
        "fee_e6": "what it cost beside its price",
        "is_taker": "whether it took what rested; empty where the venue did not say",
    },
    "positions": {
        "cause": "opened (held when the ledger began), fill or settlement",
        "position_e2": "contracts held afterwards: above 0 YES, below 0 NO",
        "cost_e6": "what they cost, on average, without fees",
        "realised_e6": "realised P&L of the market since the ledger began, before fees",
        "fees_e6": "fees of the market since the ledger began",
        "traded_e6": "money that changed hands in the market since the ledger began",
        "realised_change_e6": "what this fact realised, before fees",
        "fees_change_e6": "the fee of this fact",
    },
    "decisions": {
        "outcome": "state of its order, or the reason of the refusal",
        "refused_by": "OrderManager, or empty",
    },
    "settlements": {
        "result": "yes, no or scalar",
        "value_e4": "paid for one YES",
        "revenue_e6": "what the account got, as the venue says it; empty where it did not",
    },
    "balances": {
        "source": "opened, moved or seen",
        "available_e6": "without what resting orders reserve, by the venue; empty where it did not tell",
        "reason": "why cash came or went",
    },
    "book_changes": {
        "what": "change, or snapshot: a level of a whole book",
        "side": "yes or no: whose bids",
        "price_e4": "price of that side's own outcome",
        "count_e2": "contracts added, below 0 taken away; of a snapshot those that rest",
    },
    "public_trades": {"taker_bought": "yes or no: the outcome that the taker bought"},
    "realised_trades": {
        "market": "ticker",
        "day_utc": "day on which it was closed, or its fees were charged",
        "outcome": "YES or NO",
        "opened_utc": "when it was opened from nothing; empty for what was held before the ledger began",
        "closed_utc": "when the last of it was closed",
        "contracts": "closed",
        "cost": "dollars, average cost of what was closed",
        "proceeds": "dollars, what it brought",
        "profit_before_fees": "dollars",
        "fees": "dollars, on the day on which they were charged",
        "profit_after_fees": "dollars",
    },
}


def column_words(table: str, column: str) -> str:
    """Its meaning. Raises KeyError for one that nobody described."""
    return _OF_FILE.get(table, {}).get(column) or _ANYWHERE[column]


def columns_page(session: str, account: str, files: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Markdown about the files of an export, each by its name (``orders.csv``) with its columns."""
    lines = [f"# Session {session}, account {account}", "", UNITS]
    for file, columns in files:
        table = file.partition(".")[0]
        lines += ["", f"## {file}: {FILES[table]}", "", "| column | what it is |", "|---|---|"]
        lines += [f"| `{column}` | {column_words(table, column)} |" for column in columns]
    return "\n".join(lines) + "\n"
