"""The facts of the ledger, past tense and never changed.

Each kind has exactly one writer, named by its section below; positions, cash and orders are folds
over these events and nothing else. Tickers, never market ids.

Times are epoch microseconds UTC. ``at_us`` is by the clock of this machine, on which one writer wrote
the event; every other time is by the venue's clock, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from trading.market import BookSide, TimeInForce
from trading.venue_time import BEFORE_ALL, VenueTimeUs

# --- written by OrderManager -------------------------------------------------------------------

SendOutcome = Literal["accepted", "rejected", "not_sent", "absent", "unknown"]
"""accepted, rejected: proven by the venue's answer. not_sent: no byte left. absent: a lookup past
``deadline_us`` proved that the venue never saw it. unknown: the answer settles nothing."""

CancelOutcome = Literal["canceled", "rejected", "not_sent", "unknown"]


@dataclass(frozen=True, slots=True)
class IntentRecorded:
    """An approved order, written before a byte of it leaves."""

    at_us: int
    client_order_id: str
    ticker: str
    exchange_index: int
    action: str
    side: BookSide
    price_e4: int  # YES price
    count_e2: int
    time_in_force: TimeInForce
    post_only: bool
    expiration_s: int | None  # epoch seconds by the venue's clock; None for immediate_or_cancel
    decision: str  # "<session>-<incarnation>-<batch_no>/<row>" of the Selector's journal
    reason: str
    decided_us: int = 0  # when the Selector decided it; 0 in ledgers that were written before it was kept


@dataclass(frozen=True, slots=True)
class SendStarted:
    """The one attempt to send it began; the venue cannot accept it after ``deadline_us``."""

    at_us: int
    client_order_id: str
    deadline_us: VenueTimeUs


@dataclass(frozen=True, slots=True)
class Answered:
    """The proof of an attempt, or of a later lookup. ``accepted`` always names the ``order_id``.

    ``client_order_id`` here and below is our own name of the order, whatever others call it since; of
    an order that is not ours it is the ``order_id``.
    """

    at_us: int
    client_order_id: str
    outcome: SendOutcome
    order_id: str = ""
    fill_count_e2: int = 0
    remaining_e2: int = 0  # accepted and 0 means the venue holds nothing of it any more
    code: str = ""
    detail: str = ""
    record: OrderSeen | None = None  # what a lookup found


@dataclass(frozen=True, slots=True)
class CancelStarted:
    at_us: int
    client_order_id: str
    order_id: str
    reason: str = ""  # why we cancel it; not in earlier ledgers


@dataclass(frozen=True, slots=True)
class CancelAnswered:
    """``canceled`` is terminal evidence; ``rejected`` (404 and the like) only ends the attempt."""

    at_us: int
    client_order_id: str
    outcome: CancelOutcome
    reduced_by_e2: int = 0
    code: str = ""
    order_id: str = ""  # "" in ledgers that were written before it was kept


@dataclass(frozen=True, slots=True)
class Refused:
    """An intent that risk did not let through."""

    at_us: int
    ticker: str
    action: str
    reason: str
    decision: str


# --- written by FillProcessor ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PositionAt:
    """A position as the venue reports it: signed, + is YES."""

    ticker: str
    exchange_index: int
    position_e2: int
    cost_e6: int  # cost of the current net position in the held outcome
    realised_e6: int
    fees_e6: int
    subaccount: int = 0


@dataclass(frozen=True, slots=True)
class AccountOpened:
    """Where the ledger starts: the venue's state when it first met this account.

    ``cash_e6`` is by shard and includes what resting orders reserve.
    """

    at_us: int
    account: str
    cash_e6: dict[int, int]
    positions: tuple[PositionAt, ...] = ()
    fills_from_us: VenueTimeUs = BEFORE_ALL  # fills created at or before this are inside the opening figures


@dataclass(frozen=True, slots=True)
class FillSeen:
    """A fill, unique by ``(account, trade_id)``. The only event that moves a position."""

    at_us: int  # when we saw it
    trade_id: str
    order_id: str
    client_order_id: str  # "" when the venue did not say; an amend may change it
    ticker: str
    exchange_index: int
    side: BookSide
    price_e4: int  # YES price
    count_e2: int
    fee_e6: int
    is_taker: bool | None  # None: the venue did not say
    ts_ms: int  # when it happened, by the venue's clock
    post_position_e2: int | None = None


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order as the venue reports it, by stream or by read."""

    at_us: int
    order_id: str
    client_order_id: str  # at that time: an amend may change it
    ticker: str
    exchange_index: int
    side: BookSide
    price_e4: int
    status: str  # resting, canceled, executed
    initial_e2: int
    fill_e2: int
    remaining_e2: int
    reason: str = ""  # the venue's last_update_reason
    ts_ms: int = 0  # of its last change, by the venue's clock; 0 where nothing tells it


@dataclass(frozen=True, slots=True)
class SettlementSeen:
    at_us: int
    ticker: str
    exchange_index: int
    result: str  # yes, no, scalar
    value_e4: int  # payout of one YES
    revenue_e6: int | None  # in whole cents, by the venue's word; None: not told


@dataclass(frozen=True, slots=True)
class BalanceSeen:
    at_us: int
    available_e6: dict[int, int]  # by shard, without what resting orders reserve


@dataclass(frozen=True, slots=True)
class CashMoved:
    """Cash came, went or changed its shard without a fill or a settlement."""

    at_us: int
    move_id: str  # unique in the account
    change_e6: dict[int, int]  # by shard
    reason: str


DifferenceKind = Literal["position", "cash", "figures", "conflict"]
"""position: contracts held in a market. cash: available, over all shards. figures: cost, realised P&L and
fees of a market. conflict: a fill or a settlement of a market that was told in two ways."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something of ours that is proven to differ from what the venue says."""

    kind: DifferenceKind
    key: str  # the same in each check
    ticker: str  # "" for cash
    sentence: str  # for people
    venue_e2: int | None = None  # of a position, as the venue has it


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A check against the venue ended; ``differences`` are all that stand after it.

    Earlier ledgers have their sentences alone, which stand for nothing.
    """

    at_us: int
    generation: int  # of the private connection it belongs to
    differences: tuple[Difference | str, ...] = field(default=())
    in_motion: int = 0
    as_of_us: VenueTimeUs = BEFORE_ALL  # what filled or settled up to then is known; not in earlier ledgers


# --- written by Recorder -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """One run of the program began; ``config`` is what was asked for, without keys."""

    at_us: int
    session: str
    account: str  # in full
    data: str  # the venue of the books
    execution: str  # the venue of the orders
    strategy: str
    version: str
    python: str
    host: str
    pid: int
    config: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """It ended in order. One that was killed has no such fact."""

    at_us: int
    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class SessionValued:
    """The account as the session itself valued it at its end, when OrderManager stopped."""

    at_us: int
    session: str
    since_us: int  # when the OrderManager that tells it began to count the gain
    cash_e6: int  # over all shards, with what resting orders reserve
    available_e6: int  # without it
    held_e6: int  # worth of everything held
    gain_e6: int  # cash and what is held, above what they were at since_us
    marks: str  # whose books the prices are from: data, execution
    worth_e6: dict[str, int]  # of that, by market


@dataclass(frozen=True, slots=True)
class MarketSeen:
    """A market as the execution venue told it, when anything of it was new."""

    at_us: int
    ticker: str
    event_ticker: str
    series_ticker: str
    status: str
    exchange_index: int
    close_us: VenueTimeUs
    fee_type: str
    fee_multiplier_e4: int
    title: str = ""  # not in earlier ledgers


OrderManagerEvent = IntentRecorded | SendStarted | Answered | CancelStarted | CancelAnswered | Refused
FillProcessorEvent = (
    AccountOpened | FillSeen | OrderSeen | SettlementSeen | CashMoved | BalanceSeen | Reconciled
)
RecorderEvent = SessionStarted | SessionValued | SessionEnded | MarketSeen
LedgerEvent = OrderManagerEvent | FillProcessorEvent | RecorderEvent
