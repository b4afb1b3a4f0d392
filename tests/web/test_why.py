"""Why a market does not trade is said in the first line, whatever is known."""

from dataclasses import replace

import pytest

from tests.trading.example_facts import (
    answered,
    cancel_answered,
    cancel_started,
    fill,
    recorded,
    seen,
    send_started,
)
from trading.actions import Action
from trading.decision_history import DecisionMade, Fate
from trading.observation import Resting
from trading.order_index import OrderIndex
from web.order_words import NOT_TOLD
from web.why import why_json
from web.why_facts import Listing, Live, RecordedDecisions
from web.why_lines import why_lines
from web.why_listing import nearest

NOW_US = 1_795_345_200_000_000
SUPERVISOR = {
    "state": "trading",
    "reason": "",
    "watched": True,
    "standing": "chosen",
    "missing": "",
    "chosen": 3,
}
SELECTOR = {"stopped": "", "knows_account": True, "credits": 7, "awaiting": False}
MANAGER = {
    "execution_ticker": "KX-1",
    "starting": None,
    "position": "0.00",
    "orders": [],
    "actions": {"BUY_YES": [], "BUY_NO": [["max_exposure", "the exposure of the account is 5.0000"]]},
}
BOOK = {"tradable": True, "reason": "", "yes": [["0.4000", "5.00"]], "no": [["0.5700", "7.00"]]}


def live(book=BOOK, supervisor=(), selector=(), manager=()):
    facts = {
        "Supervisor": SUPERVISOR | dict(supervisor),
        "Selector": SELECTOR | dict(selector),
        "OrderManager": MANAGER | dict(manager),
    }
    return Live(facts, book)


def made(number, action=Action.HOLD, reason="no edge", outcome="hold"):
    return DecisionMade(
        name=f"s1-1-{number}/0",
        session="s1",
        decided_us=NOW_US - number * 1_000_000,
        action=action,
        reason=reason,
        outcome=outcome,
        yes_bid_e4=4_000,
        yes_ask_e4=4_300,
        position_e2=200,
        resting=Resting(4_000, 300),
        changed_us=NOW_US - number * 1_000_000 - 250_000,
        confirmed_us=NOW_US - number * 1_000_000 - 5_000,
        observed_us=NOW_US - number * 1_000_000 - 1_000,
    )


NOTHING = RecordedDecisions()
BUY = {"action": Action.BUY_YES, "outcome": "asked"}


def order_of(*events):
    index = OrderIndex()
    for event in events:
        index.merge(event)
    return next(iter(index.orders.values()))


RESTING = Fate(order=order_of(recorded(), send_started(), answered("accepted")))
BOUGHT_NO = recorded(action="BUY_NO", side="ask", price_e4=9_500)
EXPIRED = Fate(
    order=order_of(
        BOUGHT_NO,
        answered("accepted"),
        seen("canceled", side="ask", price_e4=9_500, reason="ExpiryCancel"),
    )
)
FILLED = Fate(order=order_of(recorded(), answered("accepted"), fill(count_e2=1_000)))
REJECTED = Fate(order=order_of(recorded(), send_started(), answered("rejected", detail="post only cross")))


def asked(recorded_=NOTHING, now=None, last=20):
    return why_json("KX-1", "s1", recorded_, now, last=last, now_us=NOW_US, throttle_us=5_000_000)


LISTINGS = {
    "a name that nobody told": (
        Listing(is_watched=False, status=None),
        "no such market was ever listed to this session",
    ),
    "a name with a slip": (
        Listing(is_watched=False, status=None, nearest=("KX-2", "KX-3")),
        "no such market was ever listed to this session; perhaps KX-2 or KX-3 is meant",
    ),
    "at the data venue alone": (
        Listing(is_watched=True, status=None),
        "watched, and not listed by the execution venue, so no order could go there",
    ),
    "closed": (
        Listing(is_watched=True, status="closed"),
        "listed, not traded by the execution venue: its status was closed",
    ),
    "asleep": (
        Listing(is_watched=True, status="active"),
        "listed and watched, and its book never changed while the session decided",
    ),
    "never chosen": (
        Listing(is_watched=False, status="active"),
        "listed by the execution venue, never watched: not among the chosen (markets.count, markets.rank)",
    ),
    "without the database": (
        Listing(is_watched=None, status=None),
        "no such market was ever listed to this session; whether it was watched is in the database, which"
        " was not asked",
    ),
}


@pytest.mark.parametrize(("listing", "words"), LISTINGS.values(), ids=LISTINGS)
def test_of_a_session_that_is_over_it_is_told_whether_there_was_such_a_market(listing, words):
    found = asked(RecordedDecisions(session="s1", listing=listing))

    assert found["verdict"] == f"never traded: {words}"


def test_a_name_is_near_when_a_letter_is_wrong():
    known = {"KXHIGHNY-26DEC02-B40.5", "KXHIGHNY-26DEC02-B41.5", "KXBTCD-26DEC04-T90999.99"}

    assert nearest("KXHIGHNY-26DEC02-B40.6", known)[0] == "KXHIGHNY-26DEC02-B40.5"
    assert nearest("SOMETHING-ELSE", known) == ()


UNWATCHED = {"watched": False}
VERDICTS = {
    "refused by the execution venue": (
        RecordedDecisions(),
        live(None, UNWATCHED | {"standing": "refused: is not listed at the execution venue"}),
        "never traded: never watched: the data venue lists it, and it is not listed at the execution venue",
    ),
    "named and not there": (
        RecordedDecisions(),
        live(None, UNWATCHED | {"standing": "unlisted", "missing": "'KX-1' is not listed"}),
        "never traded: never watched: 'KX-1' is not listed",
    ),
    "not chosen": (
        RecordedDecisions(),
        live(None, UNWATCHED | {"standing": "left_out"}),
        "never traded: never watched: it is listed, and not among the 3 chosen (markets.count, markets.rank)",
    ),
    "not listed": (
        RecordedDecisions(),
        live(None, UNWATCHED | {"standing": "unlisted"}),
        "never traded: never watched: the data venue does not list it among its open markets of this"
        " configuration",
    ),
    "blocked": (
        RecordedDecisions(),
        live(BOOK | {"tradable": False, "reason": "closed"}),
        "never traded: never decided on: it is watched, but blocked: closed",
    ),
    "paused": (
        RecordedDecisions(),
        live(supervisor={"state": "paused", "reason": "user: paused until resumed"}),
        "never traded: never decided on: it is watched, and trading is paused (user: paused until resumed)",
    ),
    "a strategy that failed": (
        RecordedDecisions(),
        live(selector={"stopped": "the strategy raised KeyError"}),
        "never traded: never decided on: it is watched, and the Selector decides nothing: the strategy raised"
        " KeyError",
    ),
    "a quiet book": (
        RecordedDecisions(),
        live(),
        "never traded: never decided on: it is watched, and its book has not changed since the session began",
    ),
    "no session": (
        RecordedDecisions(),
        None,
        "never traded: never decided on, and no session runs that could say why",
    ),
    "nobody to ask": (
        RecordedDecisions(),
        Live({}, None),
        "never traded: never decided on, and no actor of the running session could be asked why",
    ),
    "always held": (
        RecordedDecisions([made(1, reason="draw 4: 0.1"), made(2, reason="draw 3: 0.7"), made(3)]),
        live(),
        "never traded: the strategy held each of 3 times: draw #: #.# 2×, no edge 1×",
    ),
    "refused by the Selector": (
        RecordedDecisions([made(1), made(2, **(BUY | {"outcome": "already_resting"}))]),
        live(),
        "never traded: of 2 decisions the strategy held 1, the Selector refused 1 (already_resting 1×)",
    ),
    "refused by OrderManager": (
        RecordedDecisions(
            [made(1, **BUY), made(2, **BUY)], {f"s1-1-{n}/0": Fate("max_exposure") for n in (1, 2)}
        ),
        live(),
        "never traded: of 2 decisions the strategy held 0, OrderManager refused 2 (max_exposure 2×)",
    ),
    "rejected by the venue": (
        RecordedDecisions([made(1, **BUY)], {"s1-1-1/0": REJECTED}),
        live(),
        "never traded: of 1 decisions the strategy held 0, 1 asked for an order that the venue did not take",
    ),
    "decided on, and blocked since": (
        RecordedDecisions([made(1)], is_whole=False),
        live(BOOK | {"tradable": False, "reason": "gap"}),
        "not traded: the strategy held each of 1 times: no edge 1×; now it is blocked: gap",
    ),
    "ordered": (
        RecordedDecisions([made(1), made(90, **BUY)], {"s1-1-90/0": RESTING}),
        live(),
        "never filled: its last order is BUY_YES 10.00 at YES 0.4000: resting, 0.00 of 10.00 filled,"
        " decided 90 s ago",
    ),
    "traded, and canceled since": (
        RecordedDecisions([made(1, **BUY), made(9, **BUY)], {"s1-1-1/0": EXPIRED, "s1-1-9/0": FILLED}),
        live(),
        "traded: its last order is BUY_NO 10.00 at NO 0.0500: canceled, 0.00 of 10.00 filled"
        " (its time was over, so it expired at the venue), decided 1 s ago",
    ),
}


@pytest.mark.parametrize(("recorded_", "now", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_the_first_line_names_the_reason(recorded_, now, verdict):
    found = asked(recorded_, now)

    assert found["verdict"] == verdict
    assert why_lines(found)[0] == f"KX-1: {verdict}"


def test_each_decision_is_told_with_what_was_seen_and_what_came_of_it():
    rows = [
        made(1),
        made(2, **BUY),
        made(3, **BUY),
        made(4, **BUY),
        made(5, **(BUY | {"outcome": "no_price"})),
    ]
    fates = {"s1-1-2/0": RESTING, "s1-1-3/0": Fate("max_position")}

    told = asked(RecordedDecisions(rows, fates))["decisions"]

    assert [(row["outcome"], row["refused_by"]) for row in told] == [
        ("hold", None),
        ("resting", None),
        ("max_position", "OrderManager"),
        ("not_taken_up", None),
        ("no_price", "Selector"),
    ]
    assert told[0]["seen"] == {
        "bid": "0.4000",
        "ask": "0.4300",
        "position": "2.00",
        "resting": {"bid": "0.4000", "bid_count": "3.00", "ask": None, "ask_count": "0.00"},
        "changed_ms_ago": 250,
        "confirmed_ms_ago": 5,
    }
    assert told[1]["order"]["state"] == "resting"


def test_an_order_for_no_is_told_at_the_price_of_no():
    (row,) = asked(RecordedDecisions([made(1, **BUY)], {"s1-1-1/0": EXPIRED}))["decisions"]

    told = {name: row["order"][name] for name in ("outcome", "outcome_price", "yes_price_e4", "end_reason")}
    assert told == {
        "outcome": "NO",
        "outcome_price": "0.0500",
        "yes_price_e4": 9_500,
        "end_reason": "ExpiryCancel",
    }
    lines = why_lines(asked(RecordedDecisions([made(1, **BUY)], {"s1-1-1/0": EXPIRED})))
    assert any("→ order_1 at NO 0.0500: canceled" in line for line in lines)


TAKEN = (BOUGHT_NO, answered("accepted"))
CANCELS = {
    "by us, with the reason": (
        (cancel_started(reason="the session stopped"), cancel_answered("canceled", reduced_by_e2=1_000)),
        "canceled by us: the session stopped",
    ),
    "by us, in an earlier ledger": (
        (cancel_started(), cancel_answered("canceled", reduced_by_e2=1_000)),
        "canceled by us",
    ),
    "by the venue": ((seen("canceled", side="ask", reason="HaltCancel"),), "the venue halted trading"),
    "by a word nobody knows": ((seen("canceled", side="ask", reason="NewCancel"),), "NewCancel"),
    "by nobody who says so": ((seen("canceled", side="ask"),), NOT_TOLD),
}


@pytest.mark.parametrize(("facts", "words"), CANCELS.values(), ids=CANCELS)
def test_an_order_that_was_canceled_says_why(facts, words):
    order = order_of(*TAKEN, *facts)

    (row,) = asked(RecordedDecisions([made(1, **BUY)], {"s1-1-1/0": Fate(order=order)}))["decisions"]

    assert (row["outcome"], row["order"]["said"]) == ("canceled", words)


def test_no_more_decisions_are_shown_than_are_wanted_and_all_are_counted():
    found = asked(RecordedDecisions([made(number) for number in range(1, 31)]), last=4)

    assert len(found["decisions"]) == 4
    assert found["counts"]["decisions"] == 30


def test_what_would_have_to_be_different_is_told_by_action():
    found = asked(RecordedDecisions([made(1)]), live(selector={"credits": 0, "awaiting": True}))

    assert [each["reason"] for each in found["needed"]["BUY_YES"]] == ["in_flight", "write_budget"]
    assert [each["reason"] for each in found["needed"]["BUY_NO"]][-1] == "max_exposure"


def test_where_nothing_is_in_the_way_it_is_the_strategy_that_has_to_want_it():
    lines = why_lines(asked(RecordedDecisions([made(1)]), live()))

    assert (
        "  BUY_YES   nothing keeps it back; the strategy has to want it: it last said HOLD (no edge) and sees"
        " the market again when its book changes, in 3,999 ms at the earliest (strategy.throttle_s)"
    ) in lines
    assert "  BUY_NO    max_exposure: the exposure of the account is 5.0000" in lines


def test_what_keeps_every_order_back_is_told_once():
    unknown = ["unknown_market", "the execution venue has not described the market"]
    actions = {"BUY_YES": [unknown], "BUY_NO": [unknown, ["in_flight", "an order is on its way"]]}

    lines = why_lines(asked(RecordedDecisions(), live(manager={"actions": actions})))

    assert [line for line in lines if line.startswith("  ")] == [
        "  any order unknown_market: the execution venue has not described the market",
        "  BUY_NO    in_flight: an order is on its way",
    ]


def test_an_actor_that_does_not_answer_is_named():
    now = live()
    found = asked(RecordedDecisions(), replace(now, facts={"Supervisor": now.facts["Supervisor"]}))

    assert found["state"]["silent"] == ["Selector", "OrderManager"]
    assert found["needed"] is None
    assert "no answer from Selector, OrderManager" in why_lines(found)


def test_a_manager_that_does_not_trade_yet_says_so():
    found = asked(RecordedDecisions(), live(manager={"starting": "reading the markets", "actions": {}}))

    assert found["needed"] == {
        "any order": [{"reason": "starting", "sentence": "OrderManager: reading the markets"}]
    }


def test_the_lines_tell_each_decision_on_two():
    rows = [made(1, **BUY), made(2)]

    lines = why_lines(asked(RecordedDecisions(rows, {"s1-1-1/0": REJECTED}), live()))

    seen = (
        "no edge | YES bid 0.4000 ask 0.4300 held 2.00 YES own YES bid 0.4000 × 3.00, changed 250 ms before"
    )
    assert [line.strip() for line in lines[-5:]] == [
        "Decisions: 2 in all since 2026-11-22 10:59:58.000Z; the latest:",
        "2026-11-22 10:59:59.000Z BUY_YES  → order_1 at YES 0.4000: rejected, 0.00 of 10.00 filled"
        " (post only cross)",
        seen,
        "2026-11-22 10:59:58.000Z HOLD",
        seen,
    ]


def test_text_from_outside_commands_no_terminal():
    lines = why_lines(asked(RecordedDecisions([made(1, reason="\x1b[2J evil")]), live()))

    assert all("\x1b" not in line for line in lines)
