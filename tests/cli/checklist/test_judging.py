"""Each line of the checklist holds for a session as it must be, and fails alone for what it is about."""

from dataclasses import replace

import pytest

from cli.checklist.evidence import Startup
from cli.checklist.judging import judged
from cli.checklist.lines import line, verdict
from cli.checklist.table import conclusion, table
from tests.cli.checklist.sessions_seen import (
    ID,
    IDLE,
    NOTHING,
    QUICK,
    VENUE,
    WATCHED,
    WELL,
    compared,
    decisions,
    differing,
    latencies,
    sent,
    status,
)


def names(lines, kind):
    return {each.name for each in lines if each.verdict == kind}


def watched(**changes):
    return replace(WELL, watched=replace(WATCHED, **changes))


def test_all_lines_hold_for_a_session_as_it_must_be():
    lines = list(judged(WELL))

    assert verdict(lines) == "holds"
    assert len(lines) == 19


SPOILT = {
    "not trading": (replace(WELL, startup=Startup("halted", "floor", None)), {"service"}),
    "late": (replace(WELL, startup=Startup("trading", "", 31.0)), {"service"}),
    "no book": (
        replace(WELL, status=status(markets={"live": 0, "subscribed": 60, "deltas_per_s": 0.0})),
        {"books"},
    ),
    "no decision": (replace(WELL, status=status(decisions=decisions(0, 0))), {"decisions"}),
    "shares that chance does not give": (
        replace(WELL, status=status(decisions=decisions(650, 350))),
        {"shares"},
    ),
    "an order that the venue does not know": (differing(f"sent {ID}"), {"orders at the venue"}),
    "an order of which no read tells": (
        replace(WELL, orders=(sent(), sent(number=2))),
        {"orders at the venue"},
    ),
    "an order without an answer": (replace(WELL, orders=(sent(), sent(""))), {"acknowledged"}),
    "a fill that the page does not show": (replace(WELL, fills_shown=frozenset()), {"order life cycle"}),
    "a fill that differs": (differing("fill t-1"), {"fills"}),
    "a position that differs": (
        differing("position M"),
        {"positions and balance", "/rl/ws against the venue"},
    ),
    "cash that differs": (differing("cash"), {"positions and balance", "/rl/ws against the venue"}),
    "realised P&L that differs": (differing("realised M"), {"realised P&L and fees"}),
    "fees that differ": (differing("fees M"), {"realised P&L and fees"}),
    "a slow page": (watched(page_ms={**QUICK, "p95": 100.0}), {"page answers"}),
    "a page that once did not answer": (watched(unanswered=1), {"page answers"}),
    "a slow socket": (watched(socket_ms={**QUICK, "p95": 100.0}), {"socket delivers"}),
    "a socket that is cut off": (watched(socket_connections=2), {"socket delivers"}),
    "slow acknowledgements": (
        replace(WELL, status=latencies("decision_to_ack", 500.0)),
        {"decision to acknowledgement"},
    ),
    "slow positions": (replace(WELL, status=latencies("fill_to_position", 2_000.0)), {"fill to position"}),
    "a slow view": (replace(WELL, status=latencies("state_to_page", 100.0)), {"state to page"}),
    "a restart": (watched(restarts=1), {"stability"}),
    "a crash": (watched(ended="it ended with exit code 70"), {"stability"}),
    "too much memory": (watched(memory_mb=(150.0, 1_000.0)), {"memory"}),
}


@pytest.mark.parametrize(("seen", "failing"), SPOILT.values(), ids=SPOILT)
def test_what_is_not_as_it_must_be_fails_its_line_alone(seen, failing):
    lines = list(judged(seen))

    assert names(lines, "fails") == failing
    assert verdict(lines) == "fails"


def test_an_account_without_money_fails_its_line():
    poor = type(VENUE)(0, 0, 0, {0: 0}, {}, {}, {}, {})
    lines = list(judged(replace(WELL, compared=replace(compared(), venue=poor))))

    assert names(lines, "fails") == {"balance"}


def test_a_venue_that_rejects_all_orders_fails_the_acknowledgement():
    rejected = (
        sent("rejected", 1, "invalid_order"),
        replace(sent("rejected", 2, "invalid_order"), detail="post only cross"),
    )
    lines = {each.name: each for each in judged(replace(WELL, orders=rejected, fills=()))}

    assert lines["acknowledged"].verdict == "fails"
    assert (
        lines["acknowledged"].figure
        == "0 accepted, 2 rejected (invalid_order × 1, post only cross × 1), 0 unknown"
    )


def test_without_a_trade_what_it_would_show_is_not_shown():
    lines = list(judged(IDLE))

    assert verdict(lines) == "not shown"
    assert names(lines, "not shown") == {
        "orders at the venue",
        "acknowledged",
        "order life cycle",
        "fills",
        "positions and balance",
        "realised P&L and fees",
        "/rl/ws against the venue",
        "decision to acknowledgement",
        "fill to position",
    }


def test_cash_that_never_stood_still_is_not_shown_to_be_equal():
    found = compared(equal=False)
    found.ledger.add({"fill t-1": "x"}, {"fill t-1": "x"}, {"fill t-1": "x"})
    found.page.add({"cash": "1"}, {"cash": "2"}, {"cash": "3"})

    lines = {each.name: each for each in judged(replace(WELL, compared=found))}

    assert lines["positions and balance"].verdict == "not shown"


def test_a_venue_that_cannot_be_read_shows_nothing_of_the_account():
    unread = replace(compared(equal=False), venue=None, unread="demo: no answer")
    lines = {each.name: each for each in judged(replace(WELL, compared=unread))}

    assert (lines["balance"].verdict, lines["balance"].figure) == ("not shown", "demo: no answer")
    assert lines["orders at the venue"].verdict == "not shown"


def test_shares_are_judged_for_the_hardcoded_strategy_alone_and_by_its_own_share_of_holding():
    other = replace(WELL, strategy="quantitative", status=status(decisions=decisions(10, 990)))
    seldom = replace(WELL, hold=0.2, status=status(decisions=decisions(200, 800)))

    assert "shares" not in {each.name for each in judged(other)}
    assert verdict(judged(seldom)) == "holds"


def test_memory_that_cannot_be_measured_is_no_line():
    assert "memory" not in {each.name for each in judged(watched(memory_mb=None))}
    assert verdict(judged(watched(socket_ms=NOTHING))) == "not shown"


def test_the_table_has_a_mark_and_the_conclusion_the_names():
    lines = [
        line("a", "1", "> 0", holds=True),
        line("bb", "0", "> 0", holds=False),
        line("c", "-", "x", holds=None),
    ]

    assert table(lines) == ["✓          a   1  [> 0]", "✗          bb  0  [> 0]", "not shown  c   -  [x]"]
    assert conclusion(lines) == "Does not hold: bb."
    assert conclusion([lines[0], lines[2]]) == "Not shown: c. All that was shown holds."
    assert conclusion(lines[:1]) == "All 1 lines hold."
