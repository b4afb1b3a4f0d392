"""Whether orders that are not this program's rest on the account, where the configuration refuses that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from cli.child_check import seen_by_child
from cli.errors import PreflightRefused
from cli.session import Session
from execution.account_facts import order_seen
from kalshi_client.errors import RequestFailed
from kalshi_client.wire.values import OrderMessage
from persistence import account_files
from persistence.faults import NotMadeYet
from persistence.outbox import OutboxReader
from settings.venue_access import VenueAccess, account_rest_for
from trading.events import LedgerEvent
from trading.foreign_orders import refusal_of, rests_foreign
from trading.ledger import Ledger
from trading.scope import PRIMARY, in_scope


def check_foreign_orders(session: Session) -> None:
    """Raises PreflightRefused while any rests and the configuration refuses to trade beside it."""
    if session.config.execution.foreign_orders != "refuse":
        return
    problem = seen_by_child(partial(_problem, session.execution, session.account_dir))
    if problem:
        raise PreflightRefused(f"{session.execution.name}: {problem}")


def _problem(access: VenueAccess, account_dir: Path) -> str:
    """Empty when nothing is foreign, or the venue cannot say now: OrderManager sends nothing until it can."""
    venue = account_rest_for(access)
    try:
        resting, _ = in_scope("order", venue.orders(status="resting", subaccount=PRIMARY))
    except RequestFailed:
        return ""
    return foreign_problem(resting, account_dir)


def foreign_problem(resting: Iterable[OrderMessage], account_dir: Path) -> str:
    """The reason why these orders keep a session from starting; the account's ledger says which of them
    are ours."""
    ledger = Ledger({})
    for event in _past(account_dir):
        ledger.apply(event)
    seen = [order_seen(order, at_us=0) for order in resting]
    for fact in seen:
        ledger.apply(fact)
    found = [ledger.order_by_id(fact.order_id) for fact in seen]
    foreign = [order for order in found if order is not None and rests_foreign(order)]
    return refusal_of(foreign) if foreign else ""


def _past(account_dir: Path) -> Iterator[LedgerEvent]:
    for name in (account_files.ORDER_MANAGER, account_files.FILL_PROCESSOR):
        try:
            reader = OutboxReader(account_dir / name)
        except NotMadeYet:
            continue
        yield from (event for _, event in reader.events())
        reader.close()
