"""A short session of its own with hardly any money: it holds back, and goes on when some is back."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from cli.checklist.control import Exchanges
from cli.checklist.fault_seen import FaultSeen
from cli.checklist.faults import FaultPlace, happens, judged_place, now_us, recovered
from cli.checklist.ledger_reader import LedgerReader
from cli.checklist.page_mirror import PageMirror
from cli.checklist.page_socket import PageListener
from cli.checklist.started_session import StartedSession
from cli.running_session import RunningSession
from settings.config import Config
from settings.exchange_settings import own_section
from trading.market import parse_money_e6

BALANCE, FLOOR, RESUME = 10, 2, 4  # dollars
ORDER_TTL_S: Final = 5  # money comes back when orders expire
THROTTLE_S: Final = 1  # few markets are held, and one of them is to be decided on soon
SHORT_WITHIN_S: Final = 60.0
SHORT: Final = ("insufficient_cash", "balance_floor", "reduce_only")  # of trading.refusals


def short_of_money(config: Config, flags: Sequence[str], tell: Callable[[str], None]) -> FaultSeen:
    """``flags`` of ``run``, with what the session before had; its state is thrown away."""
    tell("starting a session with too little money")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="verify-"))
        Path(folder).chmod(0o711)  # root's database runs as another user, who has to get to its data
        poor = config.model_copy(update={"state_dir": folder})
        since_us = now_us()
        session = StartedSession([*flags, *_settings(config, folder)])
        stack.callback(session.stop)
        running = session.wait_until_it_tells(poor)
        socket = PageListener(running)
        stack.callback(socket.close)
        return _look(running, socket, since_us)


def _settings(config: Config, folder: str) -> list[str]:
    settings = {
        "state_dir": folder,
        f"{own_section(config.execution.venue)}.balance": BALANCE,
        "risk.balance_floor": FLOOR,
        "risk.balance_resume": RESUME,
        "risk.order_ttl_s": ORDER_TTL_S,
        "strategy.throttle_s": THROTTLE_S,
    }
    return [text for key, value in settings.items() for text in ("--set", f"{key}={value}")]


def _look(running: RunningSession, socket: PageListener, since_us: int) -> FaultSeen:
    socket.wait_for(lambda mirror: mirror.slices["balance"]["available"] is not None, SHORT_WITHIN_S)
    exchanges = Exchanges(running.ask("/rl/status")["environment"], running.execution["key_id"])
    ledger = LedgerReader(Path(running.account_dir), since_us)
    place = FaultPlace(running, exchanges, socket, ledger)
    is_short = happens(lambda: bool(socket.look(_shortage)), SHORT_WITHIN_S)
    short_us = now_us()
    recovered_s = recovered(place, short_us, states=("trading", "reduce_only"))
    truth = exchanges.ledger()
    left_e6 = parse_money_e6(truth["cash"]) - parse_money_e6(truth["reserved"])
    outcomes = Counter(order.outcome for order in ledger.refresh().orders.values())
    why = ", ".join(f"{reason} × {number:,}" for reason, number in socket.look(_shortage).items())
    answered = f"{outcomes['accepted']:,} accepted, {outcomes['rejected']:,} rejected"
    return judged_place(
        place,
        name="fault: too little money",
        made=f"a session with ${BALANCE}",
        expected="held back before the venue must refuse it; what closes a position is still sent",
        seen=f"{answered}, held back: {why or 'none'}",
        as_expected=is_short and outcomes["accepted"] > 0 and left_e6 >= 0 and not _refused_there(ledger),
        recovered_s=recovered_s,
    )


def _shortage(mirror: PageMirror) -> dict[str, int]:
    refused = mirror.slices["decisions"]["refused"] or {}
    return {reason: refused[reason] for reason in SHORT if refused.get(reason)}


def _refused_there(ledger: LedgerReader) -> bool:
    return any("insufficient" in order.code for order in ledger.recorded.orders.values())
