"""A trader on a dead venue is told once, and told of the way to production's books."""

import logging

from cli.quiet_notice import QuietNotice
from market_data.quiet_venue import QUIET_FOR_S
from tests.web.reports import ENVIRONMENT
from web.shared_view import SharedView
from web.view import SystemView


def test_it_is_said_once_in_the_log_and_beside_the_health_while_it_is_so(caplog):
    view = SharedView(SystemView(session="s1", environment=ENVIRONMENT, started_us=0))
    notice = QuietNotice("demo", logging.getLogger("run"))
    markets = {"deltas": 7, "live": 5}

    notice.look(markets, view.note, 0.0)
    assert view.warnings() == {}
    for second in range(3):
        notice.look(markets, view.note, QUIET_FOR_S + second)

    assert [record.getMessage() for record in caplog.records] == [
        "demo: fewer than one book change a minute for 5 minutes; "
        "--hybrid takes production's books and sends the orders to demo"
    ]
    assert "--hybrid" in view.warnings()["data.venue"]
    notice.look(markets | {"deltas": 100}, view.note, QUIET_FOR_S + 4)
    assert view.warnings() == {}


def test_nothing_is_said_of_a_venue_whose_books_have_not_come(caplog):
    notice = QuietNotice("demo", logging.getLogger("run"))
    for live in (None, 0):
        for now_s in (0.0, QUIET_FOR_S):
            notice.look({"deltas": 0, "live": live}, lambda *_: None, now_s)

    assert caplog.records == []
