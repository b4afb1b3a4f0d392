"""The decisions on one market as they were recorded, and what became of the orders that they asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from trading.actions import Action
from trading.decision import DecidedBatch, Outcome
from trading.events import Answered, IntentRecorded, LedgerEvent, Refused
from trading.observation import Resting
from trading.order_facts import OrderFact
from trading.order_index import OrderIndex
from trading.orders import Order
from trading.refusals import venue_words


@dataclass(frozen=True, slots=True)
class DecisionMade:
    """One row of a batch: what was seen, wanted, and said to it at once."""

    name: str  # as the ledger calls it
    session: str
    decided_us: int
    action: Action
    reason: str
    outcome: Outcome
    yes_bid_e4: int
    yes_ask_e4: int
    position_e2: int
    resting: Resting
    changed_us: int
    confirmed_us: int
    observed_us: int


def decisions_on(ticker: str, batches: Iterable[DecidedBatch]) -> Iterator[DecisionMade]:
    """The decisions on this market, in the order of the batches."""
    for batch in batches:
        if ticker in batch.tickers:
            yield _made(batch, batch.tickers.index(ticker))


def _made(batch: DecidedBatch, row: int) -> DecisionMade:
    return DecisionMade(
        name=f"{batch.session}-{batch.incarnation}-{batch.batch_no}/{row}",
        session=batch.session,
        decided_us=batch.decided_us,
        action=batch.actions[row],
        reason=batch.reasons[row],
        outcome=batch.outcomes[row],
        yes_bid_e4=batch.yes_bids_e4[row],
        yes_ask_e4=batch.yes_asks_e4[row],
        position_e2=batch.positions_e2[row],
        resting=batch.resting[row],
        changed_us=batch.changed_us[row],
        confirmed_us=batch.confirmed_us[row],
        observed_us=batch.observed_us,
    )


class Fate(NamedTuple):
    """The end of a decision that asked for an order: a refusal of risk, or the order."""

    refused: str = ""
    order: Order | None = None
    said: str = ""  # the venue's words on an order that it did not take, or may not have taken


def fates(
    names: Collection[str], manager: Iterable[LedgerEvent], processor: Iterable[LedgerEvent]
) -> dict[str, Fate]:
    """By the name of a decision, what the events tell of it; events are in the order of their outboxes.

    A decision that no event names is not in it: nobody took it up, or the ledger is not here.
    """
    found: dict[str, Fate] = {}
    ours: dict[str, str] = {}  # decision by our name of the order
    said: dict[str, str] = {}
    orders, order_ids = OrderIndex(), set[str]()
    for event in manager:
        if isinstance(event, Refused):
            if event.decision in names:
                found[event.decision] = Fate(refused=event.reason)
            continue
        if isinstance(event, IntentRecorded) and event.decision in names:
            ours[event.client_order_id] = event.decision
        client_order_id = getattr(event, "client_order_id", None)
        if client_order_id in ours:
            _merge(orders, event)
            order_ids.add(getattr(event, "order_id", ""))
            if isinstance(event, Answered):
                said[client_order_id] = venue_words(event.code, event.detail)
    for event in processor:
        is_ours = getattr(event, "client_order_id", None) in ours
        if is_ours or getattr(event, "order_id", "") in order_ids - {""}:
            _merge(orders, event)
    for client_order_id, decision in ours.items():
        if (order := orders.find(client_order_id)) is not None:
            found[decision] = Fate(order=order, said=said.get(client_order_id, ""))
    return found


def _merge(orders: OrderIndex, event: LedgerEvent) -> None:
    if isinstance(event, OrderFact):
        orders.merge(event)


class Tally(NamedTuple):
    """The number of decisions on the market, and of each outcome."""

    decisions: int
    since_us: int
    held: Counter[str]  # by the strategy's reason, figures left out
    refused_by_selector: Counter[str]
    refused_by_risk: Counter[str]
    asked: int  # orders


def tally(made: Iterable[DecisionMade], fate: dict[str, Fate]) -> Tally:
    """Over all of these."""
    rows = list(made)
    held, by_selector, by_risk, asked = Counter[str](), Counter[str](), Counter[str](), 0
    for each in rows:
        if each.outcome == "hold":
            held[without_figures(each.reason)] += 1
        elif each.outcome != "asked":
            by_selector[each.outcome] += 1
        elif (refused := fate.get(each.name, Fate()).refused) != "":
            by_risk[refused] += 1
        else:
            asked += 1
    since_us = min((each.decided_us for each in rows), default=0)
    return Tally(len(rows), since_us, held, by_selector, by_risk, asked)


def without_figures(text: str) -> str:
    """The text with ``#`` for each run of digits: reasons that differ in their figures alone are one."""
    out, was_digit = [], False
    for character in text:
        is_digit = "0" <= character <= "9"
        if not is_digit:
            out.append(character)
        elif not was_digit:
            out.append("#")
        was_digit = is_digit
    return "".join(out)
