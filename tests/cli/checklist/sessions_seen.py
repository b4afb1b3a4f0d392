"""The observations of a session in which everything is as it must be, and ways to spoil it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cli.checklist.evidence import Compared, Evidence, Startup, Watched
from cli.checklist.recorded import SentOrder
from cli.checklist.venue_account import VenueAccount
from trading.events import FillSeen, IntentRecorded

ID = "rl1-abcdefgh-01234567-1"
QUICK = {"p50": 5.0, "p95": 20.0, "p99": 30.0, "n": 100}
NOTHING = {"p50": None, "p95": None, "p99": None, "n": 0}
FIGURES = {"cash": "9.0000", "position M": "2.00", "realised M": "0.0000", "fees M": "0.0000"}
ONE_BY_ONE = {f"sent {ID}": "terms", "fill t-1": "terms"}


def intent(number: int = 1) -> IntentRecorded:
    return IntentRecorded(
        1_000_000, ID[:-1] + str(number), "M", 0, "BUY_YES", "bid", 4_700, 200,
        "good_till_canceled", True, 60, "s1-1-1/1", "",
    )  # fmt: skip


def sent(outcome: str = "accepted", number: int = 1, code: str = "") -> SentOrder:
    return SentOrder(intent(number), 1_001_000, 1_050_000, outcome, f"v-{number}", code)


FILL = FillSeen(1_900_000, "t-1", "v-1", ID, "M", 0, "bid", 4_700, 200, 0, False, 1_800)
VENUE = VenueAccount(0, 0, 0, {0: 9_000_000}, {}, {}, {}, {})


def compared(*, different: str = "", equal: bool = True) -> Compared:
    """Equal in everything but the key ``different``."""
    found = Compared(venue=VENUE, as_of_us=2_000_000)
    pairs = ((found.page, FIGURES), (found.socket, FIGURES), (found.ledger, ONE_BY_ONE))
    for comparison, figures in pairs:
        theirs = {key: "another" if key == different else text for key, text in figures.items()}
        for _ in range(2 if equal else 0):
            comparison.add(figures, theirs, figures)
    return found


def decisions(hold: int = 750, others: int = 250) -> dict[str, Any]:
    actions = dict.fromkeys(("BUY_YES", "SELL_YES", "BUY_NO", "SELL_NO"), others // 4)
    return {"total": hold + others, "HOLD": hold, **actions, "refused": {}}


def status(**changed: Any) -> dict[str, Any]:
    latency_ms = dict.fromkeys(("decision_to_ack", "fill_to_position", "state_to_page"), QUICK)
    markets = {"live": 60, "subscribed": 60, "deltas_per_s": 200.0}
    return {"markets": markets, "decisions": decisions(), "latency_ms": latency_ms, **changed}


WATCHED = Watched(120.0, (("trading", ""),), 0, "", QUICK, 0, QUICK, 1, (150.0, 160.0))

WELL = Evidence(
    strategy="hardcoded",
    hold=0.75,
    status=status(),
    startup=Startup("trading", "", 5.0),
    watched=WATCHED,
    orders=(sent(),),
    fills=(FILL,),
    fills_shown=frozenset({"order_1"}),
    compared=compared(),
)
IDLE = replace(
    WELL,
    orders=(),
    fills=(),
    fills_shown=frozenset(),
    compared=replace(Compared(), page=compared().page, socket=compared().socket, venue=VENUE),
    status=status(
        latency_ms={**status()["latency_ms"], "decision_to_ack": NOTHING, "fill_to_position": NOTHING}
    ),
)


def latencies(key: str, p95: float) -> dict[str, Any]:
    return status(latency_ms={**status()["latency_ms"], key: {**QUICK, "p95": p95}})


def differing(key: str) -> Evidence:
    return replace(WELL, compared=compared(different=key))
